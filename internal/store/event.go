package store

import (
	"context"
	"math"

	"github.com/latchkey-iam/latchkey/internal/iam"
)

const eventColumns = `seq, idx, type, aggregate, aggregate_id, org_id, project_id, grant_id, user_id, editor_id, created, payload`

func scanEvent(s scanner) (iam.Event, error) {
	var e iam.Event
	var created int64
	var payload string
	err := s.Scan(&e.Sequence, &e.Index, &e.Type, &e.Aggregate, &e.AggregateID, &e.OrgID, &e.ProjectID,
		&e.GrantID, &e.UserID, &e.EditorID, &created, &payload)
	e.Created, e.Payload = fromMicros(created), []byte(payload)
	return e, err
}

// Record appends an event to the transaction. Sequence, index, editor and time are filled in.
func (tx *Tx) Record(e iam.Event) error {
	e.Sequence, e.Index, e.EditorID, e.Created = tx.seq, len(tx.events), tx.editor, tx.now
	if e.Payload == nil {
		e.Payload = []byte("{}")
	}
	err := tx.exec("event", `INSERT INTO events (`+eventColumns+`)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
		e.Sequence, e.Index, e.Type, e.Aggregate, e.AggregateID, e.OrgID, e.ProjectID,
		e.GrantID, e.UserID, e.EditorID, micros(e.Created), string(e.Payload))
	if err != nil {
		return err
	}
	tx.events = append(tx.events, e)
	return nil
}

// eventsAfter reads at most limit events from (seq, index) on.
func (r Reader) eventsAfter(ctx context.Context, seq int64, index, limit int) ([]iam.Event, error) {
	return many(ctx, r.q, "events", scanEvent, `SELECT `+eventColumns+` FROM events
		WHERE seq > $1 OR (seq = $1 AND idx >= $2) ORDER BY seq, idx LIMIT $3`, seq, index, limit)
}

// CountedEvents is how far the events of a list are counted: the total of a
// longer list is this, so that counting a long history costs no more than it tells.
const CountedEvents = 10_000

func eventListing() listing {
	return listing{
		columns: eventColumns,
		from:    "events",
		created: "seq",
		id:      "idx",
		most:    CountedEvents,
		// A reach only narrows what a filter finds by index: the events of one user, organization
		// or project. By the bare column a database might take the index of a whole organization.
		reach: reachColumns{org: "coalesce(org_id, '')", user: "user_id"},
		fields: map[iam.Field]column{
			iam.FieldID: {expr: "aggregate_id"}, iam.FieldOrgID: {expr: "org_id"}, iam.FieldUserID: {expr: "user_id"},
			iam.FieldAggregate: {expr: "aggregate"}, iam.FieldEditorID: {expr: "editor_id"},
			iam.FieldProjectID: {expr: "project_id"}, iam.FieldGrantID: {expr: "grant_id"}, iam.FieldName: {expr: "type"}, iam.FieldCreated: {expr: "created", time: true},
			iam.FieldValue: {expr: "payload"},
		},
	}
}

// Events lists recorded events. Its total is at most [CountedEvents].
func (r Reader) Events(ctx context.Context, reach iam.Reach, f iam.Filter, page iam.Page) (List[iam.Event], error) {
	return list(ctx, r, "events", eventListing(), reach, f, page, scanEvent)
}

// EventsFrom lists a part of the record in its own order; see [iam.EventPage] for
// how it ends. Nothing is counted.
func (r Reader) EventsFrom(ctx context.Context, reach iam.Reach, f iam.Filter, page iam.EventPage) ([]iam.Event, error) {
	if reach.Empty() {
		return nil, nil
	}
	q, err := r.where(eventListing(), reach, f)
	if err != nil {
		return nil, err
	}
	onwards, direction := " < ", " DESC"
	if page.Asc {
		onwards, direction = " > ", " ASC"
	}
	read := func(q query, limit uint64) ([]iam.Event, error) {
		return many(ctx, r.q, "events", scanEvent, "SELECT "+eventColumns+" FROM events"+q.conditions()+
			" ORDER BY seq"+direction+", idx"+direction+" LIMIT "+q.arg(int64(limit)), q.args...)
	}
	begin := q
	if page.Sequence > 0 {
		begin.and("seq" + onwards + begin.arg(int64(page.Sequence)))
	}
	events, err := read(begin, page.Limit)
	if err != nil || len(events) == 0 || uint64(len(events)) < page.Limit {
		return events, err
	}
	last := events[len(events)-1]
	q.and("seq = " + q.arg(last.Sequence))
	q.and("idx" + onwards + q.arg(last.Index))
	rest, err := read(q, math.MaxInt64)
	return append(events, rest...), err
}
