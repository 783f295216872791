package v1

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/admin"
	"github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/auth"
	"github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/change"
	"github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/event"
	mgmt "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/management"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/latchkey-iam/latchkey/internal/iam"
	"github.com/latchkey-iam/latchkey/internal/store"
)

func TestChangeAccess(t *testing.T) {
	for _, a := range []access{
		{name: "ListUserChanges", object: true, call: func(w *world) func(context.Context) error {
			return calling(w.ListUserChanges, &mgmt.ListUserChangesRequest{UserId: w.member})
		}},
		{name: "ListOrgChanges", call: func(w *world) func(context.Context) error {
			return calling(w.ListOrgChanges, &mgmt.ListOrgChangesRequest{})
		}},
		{name: "ListProjectChanges", object: true, call: func(w *world) func(context.Context) error {
			return calling(w.ListProjectChanges, &mgmt.ListProjectChangesRequest{ProjectId: w.project})
		}},
		{name: "ListAppChanges", object: true, call: func(w *world) func(context.Context) error {
			return calling(w.ListAppChanges, &mgmt.ListAppChangesRequest{ProjectId: w.project, AppId: w.addAPI("a", 0).GetAppId()})
		}},
		{name: "ListProjectGrantChanges", object: true, call: func(w *world) func(context.Context) error {
			return calling(w.ListProjectGrantChanges, &mgmt.ListProjectGrantChangesRequest{ProjectId: w.project, GrantId: w.grant})
		}},
		{name: "ListProjectGrantChanges of what was received", object: true, beta: true, call: func(w *world) func(context.Context) error {
			return calling(w.ListProjectGrantChanges, &mgmt.ListProjectGrantChangesRequest{ProjectId: w.project, GrantId: w.grant})
		}},
	} {
		t.Run(a.name, func(t *testing.T) {
			t.Parallel()
			a.check(t, newWorld(t))
		})
	}
}

func TestRecordAccess(t *testing.T) {
	w := newWorld(t)
	viewer := w.manager(w.alpha, iam.LevelInstance, w.instance, iam.IAMOwnerViewer)
	for name, call := range map[string]func(context.Context) error{
		"ListEvents":         calling(w.admin.ListEvents, &admin.ListEventsRequest{}),
		"ListEventTypes":     calling(w.admin.ListEventTypes, &admin.ListEventTypesRequest{}),
		"ListAggregateTypes": calling(w.admin.ListAggregateTypes, &admin.ListAggregateTypesRequest{}),
	} {
		wantKind(t, name+" by nobody", call(w.as("", "")), iam.Unauthenticated)
		wantKind(t, name+" by a user without roles", call(w.as(w.member, "")), iam.PermissionDenied)
		wantKind(t, name+" by an owner", call(w.as(w.owner[w.alpha], "")), iam.PermissionDenied)
		wantKind(t, name+" by a viewer", call(w.as(viewer, "")), success)
		wantKind(t, name+" by the instance's owner", call(w.as(w.root, "")), success)
	}
	mine := calling(w.auth.ListMyUserChanges, &auth.ListMyUserChangesRequest{})
	wantKind(t, "ListMyUserChanges by nobody", mine(w.as("", "")), iam.Unauthenticated)
	wantKind(t, "ListMyUserChanges", mine(w.as(w.member, "")), success)
}

func TestEventAndAggregateTypes(t *testing.T) {
	w := newWorld(t)
	types := must(w.admin.ListEventTypes(w.as(w.root, ""), &admin.ListEventTypesRequest{})).GetEventTypes()
	if len(types) != len(iam.EventTypes()) {
		t.Errorf("%d event types", len(types))
	}
	wantJSON(t, types[0], &event.EventType{}, `{"type": "instance.added", "localized": {"key": "EventTypes.instance.added", "localizedMessage": "Instance set up"}}`)
	aggregates := must(w.admin.ListAggregateTypes(w.as(w.root, ""), &admin.ListAggregateTypesRequest{})).GetAggregateTypes()
	if len(aggregates) != len(iam.Aggregates()) {
		t.Errorf("%d aggregate types", len(aggregates))
	}
	wantJSON(t, aggregates[0], &event.AggregateType{}, `{"type": "user", "localized": {"key": "AggregateTypes.user", "localizedMessage": "Users"}}`)
}

// TestEventOnTheWire is one event as ListEvents and ListProjectChanges show it;
// both are found by the number in the object's details.
func TestEventOnTheWire(t *testing.T) {
	w := newWorld(t)
	owner := w.owner[w.alpha]
	made := must(w.AddProject(w.in(w.alpha), &mgmt.AddProjectRequest{Name: "Wire"}))
	number := made.GetDetails().GetSequence()
	events := must(w.admin.ListEvents(w.as(w.root, ""), &admin.ListEventsRequest{Sequence: number + 1, Limit: 1})).GetEvents()
	if len(events) != 1 || !events[0].GetCreationDate().AsTime().Equal(made.GetDetails().GetChangeDate().AsTime()) {
		t.Fatalf("event %d: %v", number, events)
	}
	events[0].CreationDate = nil
	wantJSON(t, events[0], &event.Event{}, fmt.Sprintf(`{
		"editor": {"userId": %[1]q, "displayName": "User %[1]s", "service": "Latchkey"},
		"aggregate": {"id": %[2]q, "resourceOwner": %[3]q, "type": {
			"type": "project", "localized": {"key": "AggregateTypes.project", "localizedMessage": "Projects and roles"}}},
		"sequence": "%[4]d",
		"payload": {"after": {"name": "Wire", "privateLabeling": "", "projectCheck": false, "roleAssertion": false, "roleCheck": false}},
		"type": {"type": "project.added", "localized": {"key": "EventTypes.project.added", "localizedMessage": "Project created"}}}`,
		owner, made.GetId(), w.alpha, number))
	changes := must(w.ListProjectChanges(w.in(w.alpha), &mgmt.ListProjectChangesRequest{ProjectId: made.GetId()})).GetResult()
	if len(changes) != 1 || changes[0].GetChangeDate() == nil {
		t.Fatalf("changes: %v", changes)
	}
	changes[0].ChangeDate = nil
	wantJSON(t, changes[0], &change.Change{}, fmt.Sprintf(`{
		"eventType": {"key": "EventTypes.project.added", "localizedMessage": "Project created"}, "sequence": "%[1]d",
		"editorId": %[2]q, "editorDisplayName": "User %[2]s", "editorPreferredLoginName": "user-%[2]s", "resourceOwnerId": %[3]q}`,
		number, owner, w.alpha))

	w.write(func(*store.Tx) error { return nil }) // the server's own doing
	last := must(w.admin.ListEvents(w.as(w.root, ""), &admin.ListEventsRequest{Limit: 1})).GetEvents()[0]
	wantJSON(t, last.GetEditor(), &event.Editor{}, `{"userId": "system", "displayName": "Latchkey", "service": "Latchkey"}`)
	if last.GetAggregate().GetResourceOwner() != w.instance {
		t.Errorf("the instance's event is of %s", last.GetAggregate().GetResourceOwner())
	}
}

// TestListEvents passes every field of the request on, and every page of changes too.
func TestListEvents(t *testing.T) {
	w := newWorld(t)
	all := must(w.admin.ListEvents(w.as(w.root, ""), &admin.ListEventsRequest{Asc: true})).GetEvents()
	middle := all[len(all)/2]
	at := middle.GetCreationDate()
	nearly := timestamppb.New(at.AsTime().Add(1)) // within the microsecond
	until := func(e *event.Event) bool { return !e.GetCreationDate().AsTime().After(at.AsTime()) }
	before := func(e *event.Event) bool { return e.GetCreationDate().AsTime().Before(at.AsTime()) }
	after := func(e *event.Event) bool { return e.GetCreationDate().AsTime().After(at.AsTime()) }
	between := func(since, until *timestamppb.Timestamp) *admin.ListEventsRequest_Range {
		return &admin.ListEventsRequest_Range{Range: &admin.ListEventsRequestCreationDateRange{Since: since, Until: until}}
	}
	from := func(t *timestamppb.Timestamp) *admin.ListEventsRequest_From {
		return &admin.ListEventsRequest_From{From: t}
	}
	for name, test := range map[string]struct {
		req *admin.ListEventsRequest
		has func(*event.Event) bool
	}{
		"editor":           {&admin.ListEventsRequest{EditorUserId: w.owner[w.alpha]}, func(e *event.Event) bool { return e.GetEditor().GetUserId() == w.owner[w.alpha] }},
		"types":            {&admin.ListEventsRequest{EventTypes: []string{"project.role.added", "x"}}, func(e *event.Event) bool { return e.GetType().GetType() == "project.role.added" }},
		"aggregate":        {&admin.ListEventsRequest{AggregateId: w.project}, func(e *event.Event) bool { return e.GetAggregate().GetId() == w.project }},
		"nouns":            {&admin.ListEventsRequest{AggregateTypes: []string{"instance"}}, func(e *event.Event) bool { return e.GetAggregate().GetType().GetType() == "instance" }},
		"owner":            {&admin.ListEventsRequest{ResourceOwner: w.alpha}, func(e *event.Event) bool { return e.GetAggregate().GetResourceOwner() == w.alpha }},
		"instance":         {&admin.ListEventsRequest{ResourceOwner: w.instance}, func(e *event.Event) bool { return e.GetAggregate().GetResourceOwner() == w.instance }},
		"sequence":         {&admin.ListEventsRequest{Sequence: middle.GetSequence()}, func(e *event.Event) bool { return e.GetSequence() < middle.GetSequence() }},
		"from":             {&admin.ListEventsRequest{CreationDateFilter: from(at)}, before},
		"from asc":         {&admin.ListEventsRequest{CreationDateFilter: from(at), Asc: true}, after},
		"from asc, nearly": {&admin.ListEventsRequest{CreationDateFilter: from(nearly), Asc: true}, after},
		"creation date":    {&admin.ListEventsRequest{CreationDate: nearly}, until},
		"two bounds":       {&admin.ListEventsRequest{CreationDate: nearly, CreationDateFilter: from(at)}, before},
		"since":            {&admin.ListEventsRequest{CreationDateFilter: between(at, nil)}, after},
		"until":            {&admin.ListEventsRequest{CreationDateFilter: between(nil, nearly)}, until},
		"range":            {&admin.ListEventsRequest{CreationDateFilter: between(timestamppb.New(at.AsTime().Add(-time.Microsecond)), nearly)}, func(e *event.Event) bool { return e.GetCreationDate().AsTime().Equal(at.AsTime()) }},
		"empty range":      {&admin.ListEventsRequest{CreationDateFilter: between(at, at)}, func(*event.Event) bool { return false }},
		"no range":         {&admin.ListEventsRequest{CreationDateFilter: between(nil, nil)}, func(*event.Event) bool { return true }},
		"no from":          {&admin.ListEventsRequest{CreationDateFilter: from(nil)}, func(*event.Event) bool { return true }},
	} {
		var want, got []string
		for i := range all {
			e := all[i]
			if !test.req.GetAsc() {
				e = all[len(all)-1-i]
			}
			if test.has(e) {
				want = append(want, e.String())
			}
		}
		for _, e := range must(w.admin.ListEvents(w.as(w.root, ""), test.req)).GetEvents() {
			got = append(got, e.String())
		}
		if strings.Join(got, "\n") != strings.Join(want, "\n") {
			t.Errorf("%s: %d events, want %d", name, len(got), len(want))
		}
	}
	bad := &timestamppb.Timestamp{Seconds: 1 << 60}
	for name, req := range map[string]*admin.ListEventsRequest{
		"limit": {Limit: 1001}, "editor": {EditorUserId: strings.Repeat("x", 201)}, "types": {EventTypes: make([]string, 31)},
		"creation date": {CreationDate: bad}, "from": {CreationDateFilter: from(bad)}, "range": {CreationDateFilter: between(nil, bad)},
	} {
		_, err := w.admin.ListEvents(w.as(w.root, ""), req)
		wantKind(t, "bad "+name, err, iam.InvalidArgument)
	}
}

// TestListAppChanges tells applications of one project apart.
func TestListAppChanges(t *testing.T) {
	w := newWorld(t)
	one := w.addAPI("one", 0).GetAppId()
	other := w.addAPI(`"applicationId":"`+one+`"`, 0).GetAppId()
	must(w.DeactivateApp(w.in(w.alpha), &mgmt.DeactivateAppRequest{ProjectId: w.project, AppId: one}))
	for id, want := range map[string]string{
		one:   "project.application.deactivated project.application.config.api.added project.application.added",
		other: "project.application.config.api.added project.application.added",
	} {
		var got []string
		for _, c := range must(w.ListAppChanges(w.in(w.alpha), &mgmt.ListAppChangesRequest{ProjectId: w.project, AppId: id})).GetResult() {
			got = append(got, strings.TrimPrefix(c.GetEventType().GetKey(), "EventTypes."))
		}
		if strings.Join(got, " ") != want {
			t.Errorf("changes: %v, want %s", got, want)
		}
	}
	_, err := w.ListAppChanges(w.in(w.alpha), &mgmt.ListAppChangesRequest{ProjectId: w.addProject(w.alpha, "Other"), AppId: one})
	wantKind(t, "of another project", err, iam.NotFound)
	_, err = w.ListAppChanges(w.in(w.alpha), &mgmt.ListAppChangesRequest{ProjectId: w.project, AppId: one, Query: &change.ChangeQuery{Limit: 1001}})
	wantKind(t, "limit", err, iam.InvalidArgument)
}

func TestChangePages(t *testing.T) {
	w := newWorld(t)
	roles := must(w.AddProject(w.in(w.alpha), &mgmt.AddProjectRequest{Name: "Pages"})).GetId()
	must(w.BulkAddProjectRoles(w.in(w.alpha), &mgmt.BulkAddProjectRolesRequest{ProjectId: roles, Roles: []*mgmt.BulkAddProjectRolesRequest_Role{
		{Key: "a"}, {Key: "b"}, {Key: "c"},
	}}))
	list := func(q *change.ChangeQuery) []*change.Change {
		return must(w.ListProjectChanges(w.in(w.alpha), &mgmt.ListProjectChangesRequest{ProjectId: roles, Query: q})).GetResult()
	}
	whole := list(&change.ChangeQuery{Asc: true})
	if len(whole) != 4 || len(list(nil)) != 4 {
		t.Fatalf("changes: %v", whole)
	}
	if page := list(&change.ChangeQuery{Asc: true, Limit: 1, Sequence: whole[0].GetSequence()}); len(page) != 3 {
		t.Errorf("a page that would cut what was done at once: %v", page)
	}
	if page := list(&change.ChangeQuery{Limit: 2}); len(page) != 3 || page[0].GetSequence() != whole[3].GetSequence() {
		t.Errorf("the newest two: %v", page)
	}
	for limit, want := range map[uint32]iam.Kind{0: success, 1000: success, 1001: iam.InvalidArgument} {
		q := &change.ChangeQuery{Limit: limit}
		for name, err := range map[string]error{
			"user":    calling(w.ListUserChanges, &mgmt.ListUserChangesRequest{UserId: w.member, Query: q})(w.in(w.alpha)),
			"org":     calling(w.ListOrgChanges, &mgmt.ListOrgChangesRequest{Query: q})(w.in(w.alpha)),
			"project": calling(w.ListProjectChanges, &mgmt.ListProjectChangesRequest{ProjectId: w.project, Query: q})(w.in(w.alpha)),
			"grant":   calling(w.ListProjectGrantChanges, &mgmt.ListProjectGrantChangesRequest{ProjectId: w.project, GrantId: w.grant, Query: q})(w.in(w.alpha)),
			"mine":    calling(w.auth.ListMyUserChanges, &auth.ListMyUserChangesRequest{Query: q})(w.as(w.member, "")),
		} {
			wantKind(t, fmt.Sprint(name, ", limit ", limit), err, want)
		}
	}
}
