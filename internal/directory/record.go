package directory

import (
	"context"
	"unicode/utf8"

	"github.com/latchkey-iam/latchkey/internal/iam"
)

// Record is a part of what was recorded, and what it takes to tell of it.
type Record struct {
	Events []iam.Event
	// Names are those of the editors that the caller may read, by user id.
	Names      map[string]iam.UserNames
	InstanceID string
}

// EventQuery says which events [Directory.Record] lists. What is empty does not
// narrow; a type or aggregate that nothing has matches nothing.
type EventQuery struct {
	EditorID    string
	Types       []string
	AggregateID string
	Aggregates  []string
	// OwnerID is an organization or the instance, see [iam.Event.ResourceOwner].
	OwnerID string
	// When is a condition on [iam.FieldCreated].
	When iam.Filter
	iam.EventPage
}

// Bounds of an [EventQuery], as Zitadel's clients know them.
const (
	maxQueryID         = 200 // characters
	maxQueryTypes      = 30
	maxQueryAggregates = 10
)

func (q EventQuery) check() error {
	for _, id := range []struct {
		field      iam.Field
		what, text string
	}{
		{iam.FieldEditorID, "editor", q.EditorID}, {iam.FieldID, "aggregate", q.AggregateID}, {iam.FieldOrgID, "resource owner", q.OwnerID},
	} {
		if utf8.RuneCountInString(id.text) > maxQueryID {
			return iam.Errorf(iam.InvalidArgument, "EVENT-id1xx", "the id of the %s has at most %d characters", id.what, maxQueryID).At(id.field)
		}
	}
	if len(q.Types) > maxQueryTypes {
		return iam.Errorf(iam.InvalidArgument, "EVENT-typ1x", "at most %d event types can be asked for at once", maxQueryTypes).At(iam.FieldName)
	}
	if len(q.Aggregates) > maxQueryAggregates {
		return iam.Errorf(iam.InvalidArgument, "EVENT-agg1x", "at most %d aggregate types can be asked for at once", maxQueryAggregates).At(iam.FieldAggregate)
	}
	return nil
}

// filter is the query as a condition, in an instance.
func (q EventQuery) filter(instanceID string) iam.Filter {
	all := []iam.Filter{q.When}
	if q.EditorID != "" {
		all = append(all, iam.FieldEditorID.Is(q.EditorID))
	}
	if len(q.Types) > 0 {
		all = append(all, iam.FieldName.In(q.Types))
	}
	if q.AggregateID != "" {
		all = append(all, iam.FieldID.Is(q.AggregateID))
	}
	if len(q.Aggregates) > 0 {
		all = append(all, iam.FieldAggregate.In(q.Aggregates))
	}
	ofInstance := iam.FieldAggregate.Is(string(iam.AggregateInstance))
	switch q.OwnerID {
	case "":
	case instanceID:
		all = append(all, iam.Filter{Any: []iam.Filter{ofInstance, iam.FieldOrgID.Is("")}})
	default:
		all = append(all, iam.FieldOrgID.Is(q.OwnerID), iam.Filter{Not: &ofInstance})
	}
	return iam.Filter{All: all}
}

// Record lists all that happened in every organization, as far as the query
// asks: also to what exists no more. Kind: InvalidArgument for a query that is
// too large.
func (d *Directory) Record(ctx context.Context, c iam.Caller, q EventQuery) (Record, error) {
	if err := c.Require(iam.EventsRead, iam.Target{}); err != nil {
		return Record{}, err
	}
	if err := q.check(); err != nil {
		return Record{}, err
	}
	i, err := d.Store.Read().Instance(ctx)
	return d.recordOf(ctx, c, i, scope{iam.Reach{All: true}, q.filter(i.ID)}, q.EventPage, err)
}

// EventTypes lists the types of events for those who may read the whole record.
func (d *Directory) EventTypes(c iam.Caller) ([]iam.EventType, error) {
	return iam.EventTypes(), c.Require(iam.EventsRead, iam.Target{})
}

// Aggregates lists the nouns that events are about, for the readers of [Directory.EventTypes].
func (d *Directory) Aggregates(c iam.Caller) ([]iam.Aggregate, error) {
	return iam.Aggregates(), c.Require(iam.EventsRead, iam.Target{})
}

// about narrows a scope to the events of one object itself.
func (s scope) about(a iam.Aggregate, id string) scope {
	return s.and(both(iam.FieldAggregate.Is(string(a)), iam.FieldID.Is(id)))
}

// UserChanges lists what changed a user and its credentials, see [Directory.UserEvents].
func (d *Directory) UserChanges(ctx context.Context, c iam.Caller, userID string, page iam.EventPage) (Record, error) {
	s, err := d.userScope(ctx, c, userID)
	return d.record(ctx, c, s.about(iam.AggregateUser, userID), page, err)
}

// OrgChanges lists what changed an organization itself: its name, state,
// domains, metadata and managers, see [Directory.OrgEvents].
func (d *Directory) OrgChanges(ctx context.Context, c iam.Caller, orgID string, page iam.EventPage) (Record, error) {
	s, err := d.orgScope(ctx, c, orgID)
	return d.record(ctx, c, s.about(iam.AggregateOrg, orgID), page, err)
}

// ProjectChanges lists what changed a project, its roles, applications, grants
// and managers, see [Directory.ProjectEvents].
func (d *Directory) ProjectChanges(ctx context.Context, c iam.Caller, projectID string, page iam.EventPage) (Record, error) {
	s, err := d.projectScope(ctx, c, projectID)
	return d.record(ctx, c, s.about(iam.AggregateProject, projectID), page, err)
}

// ApplicationChanges lists what changed an application, its settings, its secret
// and its keys.
func (d *Directory) ApplicationChanges(ctx context.Context, c iam.Caller, ref ApplicationRef, page iam.EventPage) (Record, error) {
	a, err := findApplication(ctx, d.Store.Read(), c, iam.ApplicationRead, ref)
	if err != nil {
		return Record{}, err
	}
	s := scope{iam.Reach{All: true}, iam.Filter{All: []iam.Filter{
		iam.FieldOrgID.Is(a.OrgID),
		{Field: iam.FieldName, Match: iam.StartsWith, Text: "project.application."},
		{Field: iam.FieldValue, Match: iam.Contains, Text: `"applicationId":"` + a.ID + `"`}, // where applicationEvent has put it
	}}}
	return d.record(ctx, c, s.about(iam.AggregateProject, a.ProjectID), page, nil)
}

// ProjectGrantChanges lists what changed a project grant. Those who give it see
// what they did with it. Those who received it see that too, but not by whom
// unless they may read that user; and whom they made its managers themselves,
// which the others do not see.
func (d *Directory) ProjectGrantChanges(ctx context.Context, c iam.Caller, ref GrantRef, page iam.EventPage) (Record, error) {
	if c.Nobody() {
		return Record{}, nobody()
	}
	g, err := ref.read(ctx, d.Store.Read())
	if err != nil {
		return Record{}, found(c, iam.ProjectGrantRead, "project grant", err)
	}
	t := g.Target()
	gives := c.Can(iam.ProjectGrantRead, iam.Target{OrgID: g.OrgID, ProjectID: g.ProjectID}) // not for being a manager of the grant
	if !gives || c.Context() == g.GrantedOrgID {
		t = g.TargetGranted()
	}
	if err := c.Authorise(iam.ProjectGrantRead, t, "project grant"); err != nil {
		return Record{}, err
	}
	own := iam.Filter{All: []iam.Filter{iam.FieldOrgID.Is(t.OrgID), c.VisibleEvents(t)}}
	if t.OrgID == g.GrantedOrgID {
		own = iam.Filter{Any: []iam.Filter{own, iam.FieldOrgID.Is(g.OrgID)}}
	}
	s := scope{iam.Reach{All: true}, both(iam.FieldGrantID.Is(g.ID), own)}
	r, err := d.record(ctx, c, s.about(iam.AggregateProject, g.ProjectID), page, nil)
	for i, e := range r.Events {
		if _, known := r.Names[e.EditorID]; !known && e.OrgID != t.OrgID {
			r.Events[i].EditorID = ""
		}
	}
	return r, err
}

// record lists a part of a scope, unless there was an error with it.
func (d *Directory) record(ctx context.Context, c iam.Caller, s scope, page iam.EventPage, err error) (Record, error) {
	if err != nil {
		return Record{}, err
	}
	i, err := d.Store.Read().Instance(ctx)
	return d.recordOf(ctx, c, i, s, page, err)
}

func (d *Directory) recordOf(ctx context.Context, c iam.Caller, i iam.Instance, s scope, page iam.EventPage, err error) (Record, error) {
	if err == nil {
		page, err = page.Check()
	}
	if err != nil {
		return Record{}, err
	}
	events, err := d.Store.Read().EventsFrom(ctx, s.reach, s.filter, page)
	if err != nil {
		return Record{}, err
	}
	editors := make([]string, len(events))
	for n, e := range events {
		editors[n] = e.EditorID
	}
	names, err := d.Names(ctx, c, editors)
	return Record{Events: events, Names: names, InstanceID: i.ID}, err
}
