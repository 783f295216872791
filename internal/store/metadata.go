package store

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/latchkey-iam/latchkey/internal/iam"
)

const metadataColumns = `m.level, m.resource_id, coalesce(m.org_id, u.org_id), m.key, m.value, m.created, m.changed, m.seq`

const metadataHeadColumns = `m.level, m.resource_id, coalesce(m.org_id, u.org_id), m.key, length(m.value), m.created, m.changed, m.seq`

const metadataFrom = `metadata m LEFT JOIN users u ON u.id = m.user_id`

func scanMetadata(s scanner) (iam.Metadata, error) {
	var m iam.Metadata
	var t metaScan
	err := s.Scan(&m.Level, &m.OwnerID, &m.OrgID, &m.Key, &m.Value, &t.created, &t.changed, &t.seq)
	m.Meta = t.meta()
	return m, err
}

// Metadata finds one entry. Kind: NotFound.
func (r Reader) Metadata(ctx context.Context, level iam.MetadataLevel, ownerID, key string) (iam.Metadata, error) {
	return one(r.q.QueryRowContext(ctx, `SELECT `+metadataColumns+` FROM `+metadataFrom+`
		WHERE m.level = $1 AND m.resource_id = $2 AND m.key = $3`, level, ownerID, key), "metadata", scanMetadata)
}

// MetadataByKey finds those entries of an owner that are there, by their keys.
func (r Reader) MetadataByKey(ctx context.Context, level iam.MetadataLevel, ownerID string, keys []string) (map[string]iam.Metadata, error) {
	rows, err := metadataOf(ctx, r, metadataColumns, level, ownerID, keys, scanMetadata)
	out := make(map[string]iam.Metadata, len(rows))
	for _, m := range rows {
		out[m.Key] = m
	}
	return out, err
}

// MetadataHead is an entry without its value.
type MetadataHead struct {
	iam.Metadata
	Bytes int // how long the value is
}

// MetadataHeads finds entries of an owner, by their keys, of which none is named
// twice. Kind: NotFound when one is not there.
func (r Reader) MetadataHeads(ctx context.Context, level iam.MetadataLevel, ownerID string, keys []string) (map[string]MetadataHead, error) {
	rows, err := metadataOf(ctx, r, metadataHeadColumns, level, ownerID, keys, func(s scanner) (MetadataHead, error) {
		var m MetadataHead
		var t metaScan
		err := s.Scan(&m.Level, &m.OwnerID, &m.OrgID, &m.Key, &m.Bytes, &t.created, &t.changed, &t.seq)
		m.Meta = t.meta()
		return m, err
	})
	if err != nil {
		return nil, err
	}
	if len(rows) < len(keys) {
		return nil, missing("metadata")
	}
	out := make(map[string]MetadataHead, len(rows))
	for _, m := range rows {
		out[m.Key] = m
	}
	return out, nil
}

func metadataOf[T any](ctx context.Context, r Reader, columns string, level iam.MetadataLevel, ownerID string, keys []string, scan func(scanner) (T, error)) ([]T, error) {
	var q query
	where := "m.level = " + q.arg(level) + " AND m.resource_id = " + q.arg(ownerID) + " AND " + q.oneOf("m.key", keys)
	return many(ctx, r.q, "metadata", scan, `SELECT `+columns+` FROM `+metadataFrom+` WHERE `+where, q.args...)
}

func metadataListing() listing {
	return listing{
		columns: metadataColumns, from: metadataFrom, created: "m.created", id: "m.key, m.level, m.resource_id",
		reach: reachColumns{org: "coalesce(m.org_id, u.org_id)", user: "m.user_id"},
		fields: map[iam.Field]column{
			iam.FieldLevel: {expr: "m.level"}, iam.FieldResourceID: {expr: "m.resource_id"},
			iam.FieldKey:     {expr: "m.key", folded: "m.key_folded"},
			iam.FieldCreated: {expr: "m.created", time: true}, iam.FieldChanged: {expr: "m.changed", time: true},
		},
	}
}

// MetadataEntries lists metadata.
func (r Reader) MetadataEntries(ctx context.Context, reach iam.Reach, f iam.Filter, page iam.Page) (List[iam.Metadata], error) {
	return list(ctx, r, "metadata", metadataListing(), reach, f, page, scanMetadata)
}

// MetadataUse says how much metadata an owner has.
func (r Reader) MetadataUse(ctx context.Context, level iam.MetadataLevel, ownerID string) (iam.MetadataUse, error) {
	var use iam.MetadataUse
	rows, err := many(ctx, r.q, "metadata", func(s scanner) (int, error) {
		var key string
		var size int
		err := s.Scan(&key, &size)
		return len(key) + size, err
	}, `SELECT key, length(value) FROM metadata WHERE level = $1 AND resource_id = $2`, level, ownerID)
	for _, size := range rows {
		use.Entries++
		use.Size += size
	}
	return use, err
}

// ClaimedMetadata reads the metadata of a user that goes into its tokens, by
// key. Kind: FailedPrecondition for more than [iam.MaxClaimedMetadata], of which
// no more than that is read.
func (r Reader) ClaimedMetadata(ctx context.Context, userID string) ([]iam.MetadataEntry, error) {
	rows, err := r.q.QueryContext(ctx, fmt.Sprintf(`SELECT key, substr(value, 1, %d) FROM metadata
		WHERE level = 'user' AND resource_id = $1 ORDER BY key`, iam.MaxClaimedMetadata+1), userID)
	if err != nil {
		return nil, fault("read metadata", err)
	}
	defer rows.Close()
	var out []iam.MetadataEntry
	size := 0
	for rows.Next() {
		var e iam.MetadataEntry
		if err := rows.Scan(&e.Key, &e.Value); err != nil {
			return nil, fault("read metadata", err)
		}
		if size += len(e.Key) + len(e.Value); size > iam.MaxClaimedMetadata {
			return nil, iam.Errorf(iam.FailedPrecondition, "META-claim",
				"the user has more metadata than a token can hold: at most %d bytes", iam.MaxClaimedMetadata)
		}
		out = append(out, e)
	}
	return out, fault("read metadata", rows.Err())
}

// withUserMetadata is the condition that a user u has an entry, see
// [iam.WithMetadata].
func withUserMetadata(q *query, f iam.Filter) (string, error) {
	value, differs, err := f.MetadataValue()
	if err != nil {
		return "", err
	}
	condition := q.compare(f, column{expr: "x.key", folded: "x.key_folded"})
	if value != nil {
		equals := " = "
		if differs {
			equals = " <> "
		}
		condition += " AND x.value" + equals + q.arg(value)
	}
	return "EXISTS (SELECT 1 FROM metadata x WHERE x.level = 'user' AND x.resource_id = u.id AND " + condition + ")", nil
}

// AddMetadata keeps a new entry. Kind: AlreadyExists.
func (tx *Tx) AddMetadata(m *iam.Metadata) error {
	m.Meta = tx.Stamp(m.Meta)
	ref := func(level iam.MetadataLevel) sql.NullString {
		return sql.NullString{String: m.OwnerID, Valid: m.Level == level}
	}
	return tx.exec("metadata", `INSERT INTO metadata (level, resource_id, org_id, user_id, key, key_folded, value, created, changed, seq)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		m.Level, m.OwnerID, ref(iam.MetadataOfOrg), ref(iam.MetadataOfUser), m.Key, iam.Fold(m.Key), m.Value,
		micros(m.Created), micros(m.Changed), m.Sequence)
}

// SetMetadata writes the value of an entry. Kind: NotFound.
func (tx *Tx) SetMetadata(m *iam.Metadata) error {
	m.Meta = tx.Stamp(m.Meta)
	return tx.exec("metadata", `UPDATE metadata SET value = $4, changed = $5, seq = $6
		WHERE level = $1 AND resource_id = $2 AND key = $3`,
		m.Level, m.OwnerID, m.Key, m.Value, micros(m.Changed), m.Sequence)
}

// RemoveMetadata removes an entry. Kind: NotFound.
func (tx *Tx) RemoveMetadata(level iam.MetadataLevel, ownerID, key string) error {
	return tx.exec("metadata", `DELETE FROM metadata WHERE level = $1 AND resource_id = $2 AND key = $3`, level, ownerID, key)
}
