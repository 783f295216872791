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
		keys:    []string{"seq", "idx"},
		created: "seq",
		id:      "seq, idx",
		byTime:  true,
		most:    CountedEvents,
		// A reach only narrows what a filter finds by index: the events of one user, organization
		// or project. By the bare column a database might take the index of a whole organization.
		reach: reachColumns{org: "coalesce(org_id, '')", user: "user_id"},
		fields: map[iam.Field]column{
			iam.FieldID: {expr: "aggregate_id", index: groups, rank: 6}, iam.FieldOrgID: {expr: "org_id", index: groups, rank: 2}, iam.FieldUserID: {expr: "user_id", index: groups, rank: 5},
			iam.FieldAggregate: {expr: "aggregate", index: groups}, iam.FieldEditorID: {expr: "editor_id", index: groups, rank: 3},
			iam.FieldProjectID: {expr: "project_id", index: groups, rank: 4}, iam.FieldGrantID: {expr: "grant_id"}, iam.FieldName: {expr: "type", index: groups, rank: 1}, iam.FieldCreated: {expr: "created", time: true, index: sorts},
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
	l := eventListing()
	order, err := l.order("", iam.Filter{})
	if err != nil {
		return nil, err
	}
	if err := f.Check(); err != nil {
		return nil, err
	}
	if l.timed(f) { // a short time is found by its events; of a long one the first are soon met on the way
		keys, over, err := r.few(ctx, "events", l, reach, f, order, page.Asc)
		if err != nil || over == enough {
			return r.eventsByKeys(ctx, keys, order, page, err)
		}
	}
	q := query{d: r.d, order: &order, how: walking}
	q.look(l, f)
	filter, err := q.filter(f, l.fields)
	if err != nil {
		return nil, err
	}
	filter = conditions(either(q.arms(reach, l)), filter+" AND seq")
	onwards, d := " < ", direction(page.Asc)
	if page.Asc {
		onwards = " > "
	}
	read := func(q query, from string, limit uint64) ([]iam.Event, error) {
		return many(ctx, r.q, "events", scanEvent, "SELECT "+eventColumns+" FROM events"+filter+from+
			" ORDER BY seq"+d+", idx"+d+" LIMIT "+q.arg(int64(limit)), q.args...)
	}
	begin, from := q, " >= 0"
	if page.Sequence > 0 {
		from = onwards + begin.arg(int64(page.Sequence))
	}
	events, err := read(begin, from, page.Limit)
	if err != nil || len(events) == 0 || uint64(len(events)) < page.Limit {
		return events, err
	}
	last := events[len(events)-1]
	rest, err := read(q, " = "+q.arg(last.Sequence)+" AND idx"+onwards+q.arg(last.Index), math.MaxInt64)
	return append(events, rest...), err
}

// eventsByKeys reads the part of the events with these keys that a page shows.
func (r Reader) eventsByKeys(ctx context.Context, keys [][]any, order ordering, page iam.EventPage, err error) ([]iam.Event, error) {
	if err != nil {
		return nil, err
	}
	seq := func(key []any) int64 { n, _ := key[0].(int64); return n }
	var some [][]any
	for _, key := range keys {
		if begin := int64(page.Sequence); begin > 0 && (page.Asc && seq(key) <= begin || !page.Asc && seq(key) >= begin) {
			continue
		}
		if n := len(some); uint64(n) >= page.Limit && seq(some[n-1]) != seq(key) {
			break // what was done at once is not cut
		}
		some = append(some, key)
	}
	return byKeys(ctx, r, "events", eventListing(), some, order, iam.Page{Asc: page.Asc}, scanEvent)
}
