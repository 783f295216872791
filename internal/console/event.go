package console

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/latchkey-iam/latchkey/internal/iam"
	"github.com/latchkey-iam/latchkey/internal/store"
)

// activityPage is what templates/activity.html shows.
type activityPage struct {
	*listing
	User    *userHead
	Project *projectHead
	// Instance says that it is about everything.
	Instance bool
	Events   []eventRow
}

// eventRow is one recorded event as people read it.
type eventRow struct {
	iam.Event
	What    string
	Who     string
	About   string // whom it was about
	Project string // on which project
	Made    bool   // nothing was there before
	Changes []change
}

// change is one field before and after.
type change struct {
	Field, Before, After string
}

// activityListing is a list of events: by what they are about, and by the words
// of their types, such as secret.
func (v *visit) activityListing(path string) *listing {
	kinds := []choice{{Label: v.text("activity.all")}}
	for _, a := range iam.Aggregates() {
		kinds = append(kinds, choice{Value: string(a), Label: a.Text()})
	}
	return v.newListing(path, nil, kinds, sorting{"when", "", true})
}

// eventsAsked is the condition that a reader of events chooses.
func (l *listing) eventsAsked() iam.Filter {
	return iam.Filter{All: []iam.Filter{l.filterIs(iam.FieldAggregate), l.search(iam.FieldName)}}
}

// orgActivity lists what happened in the organization.
func orgActivity(v *visit) error {
	p := activityPage{listing: v.activityListing(v.base() + "/activity")}
	l, err := v.h.Directory.OrgEvents(v.r.Context(), v.caller, v.org.ID, p.eventsAsked(), p.page())
	if err != nil {
		return err
	}
	return v.showActivity(p, l, v.text("activity.title"))
}

// projectActivity lists what happened to one project.
func projectActivity(v *visit) error {
	head, err := v.projectAt()
	if err != nil {
		return err
	}
	p := activityPage{listing: v.activityListing(head.At + "/activity"), Project: &head}
	l, err := v.h.Directory.ProjectEvents(v.r.Context(), v.caller, head.ID, p.eventsAsked(), p.page())
	if err != nil {
		return err
	}
	return v.showActivity(p, l, head.Name)
}

// instanceActivity lists what happened anywhere.
func instanceActivity(v *visit) error {
	p := activityPage{listing: v.activityListing("/ui/console/instance/activity"), Instance: true}
	l, err := v.h.Directory.InstanceEvents(v.r.Context(), v.caller, p.eventsAsked(), p.page())
	if err != nil {
		return err
	}
	return v.showActivity(p, l, v.text("activity.title"))
}

// userActivity lists what happened to one user.
func userActivity(v *visit) error {
	head, err := v.userAt()
	if err != nil {
		return err
	}
	p := activityPage{listing: v.activityListing(head.At + "/activity"), User: &head}
	l, err := v.h.Directory.UserEvents(v.r.Context(), v.caller, head.ID, p.eventsAsked(), p.page())
	if err != nil {
		return err
	}
	return v.showActivity(p, l, head.Label())
}

// showActivity renders a page of events under its title.
func (v *visit) showActivity(p activityPage, l store.List[iam.Event], title string) error {
	if err := v.tell(&p, l); err != nil {
		return err
	}
	return v.show(200, "activity", title, p)
}

// tell makes events readable: in words, with the names of those who may be named.
func (v *visit) tell(p *activityPage, l store.List[iam.Event]) error {
	p.Total, p.AtLeast, p.Rows = l.Total, l.Total >= store.CountedEvents, len(l.Items)
	var ids []string
	for _, e := range l.Items {
		ids = append(ids, e.EditorID, e.UserID)
	}
	slices.Sort(ids)
	names, err := v.h.Directory.Names(v.r.Context(), v.signed.Caller, slices.Compact(ids))
	if err != nil {
		return err
	}
	projects, err := v.projectNames(l.Items)
	if err != nil {
		return err
	}
	for _, e := range l.Items {
		row := eventRow{Event: e, Project: projects[e.ProjectID], What: e.Type.Text(), Changes: v.changes(e.Payload)}
		row.Made = !slices.ContainsFunc(row.Changes, func(c change) bool { return c.Before != "" })
		row.Who = v.name(names, e.EditorID)
		if e.UserID != "" && (p.User == nil || e.UserID != p.User.ID) {
			row.About = v.name(names, e.UserID)
		}
		p.Events = append(p.Events, row)
	}
	return nil
}

// projectNames finds what the projects of events are called, of this organization's own.
func (v *visit) projectNames(events []iam.Event) (map[string]string, error) {
	var ids []string
	for _, e := range events {
		if e.ProjectID != "" {
			ids = append(ids, e.ProjectID)
		}
	}
	slices.Sort(ids)
	l, err := v.h.Directory.Projects(v.r.Context(), v.caller, iam.FieldID.In(slices.Compact(ids)), iam.Page{Limit: iam.MaxLimit})
	if iam.Is(err, iam.PermissionDenied) { // who may not see projects does not see their names
		return nil, nil
	}
	names := map[string]string{}
	for _, p := range l.Items {
		names[p.ID] = p.Name
	}
	return names, err
}

// name is a user's name, or its id where the caller may not read it.
func (v *visit) name(names map[string]iam.UserNames, id string) string {
	switch {
	case id == iam.SystemEditor:
		return v.text("event.system")
	case names[id].Label != "":
		return names[id].Label
	}
	return v.text("event.unnamed", id)
}

// changes reads an event's payload.
func (v *visit) changes(payload []byte) []change {
	var both struct{ Before, After map[string]any }
	if json.Unmarshal(payload, &both) != nil {
		return nil
	}
	var fields []string
	for f := range both.Before {
		fields = append(fields, f)
	}
	for f := range both.After {
		fields = append(fields, f)
	}
	slices.Sort(fields)
	var out []change
	for _, f := range slices.Compact(fields) {
		c := change{Field: v.h.texts.or("field." + f), Before: v.shown(both.Before[f]), After: v.shown(both.After[f])}
		if c.Field == "" {
			c.Field = f
		}
		unset := both.Before[f] == nil && both.After[f] == false // a switch that was never on
		if (c.Before != "" || c.After != "") && !unset {
			out = append(out, c)
		}
	}
	return out
}

// shown is a value of a payload: texts, numbers, switches and lists of texts.
func (v *visit) shown(value any) string {
	switch x := value.(type) {
	case nil:
		return ""
	case string:
		if at, err := time.Parse(time.RFC3339, x); err == nil {
			return when(at) + " UTC"
		}
		return x
	case bool:
		if x {
			return v.text("yes")
		}
		return v.text("no")
	case []any:
		var parts []string
		for _, p := range x {
			parts = append(parts, v.shown(p))
		}
		return strings.Join(parts, ", ")
	}
	return fmt.Sprint(value)
}
