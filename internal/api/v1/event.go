package v1

import (
	"context"
	"time"

	"github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/admin"
	"github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/auth"
	"github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/change"
	"github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/event"
	"github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/management"
	"github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/message"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/types/known/structpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/latchkey-iam/latchkey/internal/api/call"
	"github.com/latchkey-iam/latchkey/internal/directory"
	"github.com/latchkey-iam/latchkey/internal/iam"
)

// product is who edits when the server does something by itself, and through
// what everybody edits.
const product = "Latchkey"

// ListEvents lists what was recorded in all organizations.
func (s *Admin) ListEvents(ctx context.Context, req *admin.ListEventsRequest) (*admin.ListEventsResponse, error) {
	when, err := eventTimes(req)
	if err != nil {
		return nil, err
	}
	r, err := s.Directory.Record(ctx, call.Caller(ctx), directory.EventQuery{
		EditorID:    req.GetEditorUserId(),
		Types:       req.GetEventTypes(),
		AggregateID: req.GetAggregateId(),
		Aggregates:  req.GetAggregateTypes(),
		OwnerID:     req.GetResourceOwner(),
		When:        when,
		EventPage:   iam.EventPage{Sequence: req.GetSequence(), Limit: uint64(req.GetLimit()), Asc: req.GetAsc()},
	})
	if err != nil {
		return nil, err
	}
	return &admin.ListEventsResponse{Events: mapSlice(r.Events, func(e iam.Event) *event.Event { return eventOf(r, e) })}, nil
}

// eventTimes reads when events of a request happened. All that is given must
// hold; where "from" lies depends on the order.
func eventTimes(req *admin.ListEventsRequest) (iam.Filter, error) {
	from := iam.Before
	if req.GetAsc() {
		from = iam.After
	}
	var conditions []iam.Filter
	for _, bound := range []struct {
		at    *timestamppb.Timestamp
		match iam.Match
	}{
		{req.GetCreationDate(), from}, //nolint:staticcheck // deprecated, but what older clients send
		{req.GetFrom(), from},
		{req.GetRange().GetSince(), iam.After},
		{req.GetRange().GetUntil(), iam.Before},
	} {
		if bound.at == nil {
			continue
		}
		t, err := call.FromTime(bound.at)
		if err != nil {
			return iam.Filter{}, err
		}
		if bound.match == iam.Before {
			t = t.Add(time.Microsecond - 1) // events have whole microseconds, and one before this one counts
		}
		conditions = append(conditions, iam.Filter{Field: iam.FieldCreated, Match: bound.match, Time: t.UnixMicro()})
	}
	return all(conditions), nil
}

// eventOf is an event on the wire.
func eventOf(r directory.Record, e iam.Event) *event.Event {
	payload := &structpb.Struct{}
	if err := protojson.Unmarshal(e.Payload, payload); err != nil {
		payload = nil
	}
	return &event.Event{
		Editor: &event.Editor{UserId: e.EditorID, DisplayName: editorOf(r, e).Label, Service: product},
		Aggregate: &event.Aggregate{
			Id: e.AggregateID, Type: aggregateTypeOf(e.Aggregate), ResourceOwner: e.ResourceOwner(r.InstanceID),
		},
		Sequence:     uint64(max(0, e.Sequence)),
		CreationDate: call.Time(e.Created),
		Payload:      payload,
		Type:         eventTypeOf(e.Type),
	}
}

// editorOf is how the editor of an event is called; empty where the caller may not know.
func editorOf(r directory.Record, e iam.Event) iam.UserNames {
	if e.EditorID == iam.SystemEditor {
		return iam.UserNames{Label: product}
	}
	return r.Names[e.EditorID]
}

func eventTypeOf(t iam.EventType) *event.EventType {
	return &event.EventType{Type: string(t), Localized: eventTextOf(t)}
}

// eventTextOf names an event by Zitadel's key and in words.
func eventTextOf(t iam.EventType) *message.LocalizedMessage {
	return &message.LocalizedMessage{Key: "EventTypes." + string(t), LocalizedMessage: t.Text()}
}

func aggregateTypeOf(a iam.Aggregate) *event.AggregateType {
	return &event.AggregateType{
		Type: string(a), Localized: &message.LocalizedMessage{Key: "AggregateTypes." + string(a), LocalizedMessage: a.Text()},
	}
}

// ListEventTypes lists the types of events.
func (s *Admin) ListEventTypes(ctx context.Context, _ *admin.ListEventTypesRequest) (*admin.ListEventTypesResponse, error) {
	types, err := s.Directory.EventTypes(call.Caller(ctx))
	if err != nil {
		return nil, err
	}
	return &admin.ListEventTypesResponse{EventTypes: mapSlice(types, eventTypeOf)}, nil
}

// ListAggregateTypes lists what events are about.
func (s *Admin) ListAggregateTypes(ctx context.Context, _ *admin.ListAggregateTypesRequest) (*admin.ListAggregateTypesResponse, error) {
	aggregates, err := s.Directory.Aggregates(call.Caller(ctx))
	if err != nil {
		return nil, err
	}
	return &admin.ListAggregateTypesResponse{AggregateTypes: mapSlice(aggregates, aggregateTypeOf)}, nil
}

// changePage reads which part of an object's changes is asked for.
func changePage(q *change.ChangeQuery) iam.EventPage {
	return iam.EventPage{Sequence: q.GetSequence(), Limit: uint64(q.GetLimit()), Asc: q.GetAsc()}
}

// changesOf are events on the wire as changes of one object.
func changesOf(r directory.Record) []*change.Change {
	return mapSlice(r.Events, func(e iam.Event) *change.Change {
		editor := editorOf(r, e)
		return &change.Change{
			ChangeDate:               call.Time(e.Created),
			EventType:                eventTextOf(e.Type),
			Sequence:                 uint64(max(0, e.Sequence)),
			EditorId:                 e.EditorID,
			EditorDisplayName:        editor.Label,
			EditorPreferredLoginName: editor.UserName,
			ResourceOwnerId:          e.ResourceOwner(r.InstanceID),
		}
	})
}

// ListUserChanges lists what changed a user.
func (s *Management) ListUserChanges(ctx context.Context, req *management.ListUserChangesRequest) (*management.ListUserChangesResponse, error) {
	r, err := s.Directory.UserChanges(ctx, call.Caller(ctx), req.GetUserId(), changePage(req.GetQuery()))
	if err != nil {
		return nil, err
	}
	return &management.ListUserChangesResponse{Result: changesOf(r)}, nil
}

// ListOrgChanges lists what changed the organization of the context.
func (s *Management) ListOrgChanges(ctx context.Context, req *management.ListOrgChangesRequest) (*management.ListOrgChangesResponse, error) {
	c := call.Caller(ctx)
	r, err := s.Directory.OrgChanges(ctx, c, c.Context(), changePage(req.GetQuery()))
	if err != nil {
		return nil, err
	}
	return &management.ListOrgChangesResponse{Result: changesOf(r)}, nil
}

// ListProjectChanges lists what changed a project.
func (s *Management) ListProjectChanges(ctx context.Context, req *management.ListProjectChangesRequest) (*management.ListProjectChangesResponse, error) {
	r, err := s.Directory.ProjectChanges(ctx, call.Caller(ctx), req.GetProjectId(), changePage(req.GetQuery()))
	if err != nil {
		return nil, err
	}
	return &management.ListProjectChangesResponse{Result: changesOf(r)}, nil
}

// ListAppChanges lists what changed an application.
func (s *Management) ListAppChanges(ctx context.Context, req *management.ListAppChangesRequest) (*management.ListAppChangesResponse, error) {
	ref, err := applicationRef(req)
	if err != nil {
		return nil, err
	}
	r, err := s.Directory.ApplicationChanges(ctx, call.Caller(ctx), ref, changePage(req.GetQuery()))
	if err != nil {
		return nil, err
	}
	return &management.ListAppChangesResponse{Result: changesOf(r)}, nil
}

// ListProjectGrantChanges lists what changed a project grant, for those who give
// it and for those who received it.
func (s *Management) ListProjectGrantChanges(ctx context.Context, req *management.ListProjectGrantChangesRequest) (*management.ListProjectGrantChangesResponse, error) {
	ref := directory.GrantRef{ProjectID: req.GetProjectId(), GrantID: req.GetGrantId()}
	r, err := s.Directory.ProjectGrantChanges(ctx, call.Caller(ctx), ref, changePage(req.GetQuery()))
	if err != nil {
		return nil, err
	}
	return &management.ListProjectGrantChangesResponse{Result: changesOf(r)}, nil
}

// ListMyUserChanges lists what changed the caller.
func (s *Auth) ListMyUserChanges(ctx context.Context, req *auth.ListMyUserChangesRequest) (*auth.ListMyUserChangesResponse, error) {
	c := call.Caller(ctx)
	r, err := s.Directory.UserChanges(ctx, c, c.UserID(), changePage(req.GetQuery()))
	if err != nil {
		return nil, err
	}
	return &auth.ListMyUserChangesResponse{Result: changesOf(r)}, nil
}
