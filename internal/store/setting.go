package store

import (
	"context"
	"encoding/json"

	"github.com/latchkey-iam/latchkey/internal/iam"
)

// Setting reads settings of the instance into a value. Kind: NotFound where
// they were never set.
func (r Reader) Setting(ctx context.Context, name iam.SettingName, into any) (iam.Meta, error) {
	row := r.q.QueryRowContext(ctx, `SELECT value, created, changed, seq FROM settings WHERE name = $1`, name)
	return one(row, "setting", func(s scanner) (iam.Meta, error) {
		var text string
		var m metaScan
		if err := s.Scan(&text, &m.created, &m.changed, &m.seq); err != nil {
			return iam.Meta{}, err
		}
		return m.meta(), json.Unmarshal([]byte(text), into)
	})
}

// SetSetting writes settings of the instance, as a whole. before is what
// [Reader.Setting] said of them, or nothing.
func (tx *Tx) SetSetting(name iam.SettingName, value any, before iam.Meta) (iam.Meta, error) {
	text, err := json.Marshal(value)
	if err != nil {
		return before, fault("write setting", err)
	}
	m := tx.Stamp(before)
	err = tx.exec("setting", `INSERT INTO settings (name, value, created, changed, seq) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (name) DO UPDATE SET value = excluded.value, changed = excluded.changed, seq = excluded.seq`,
		name, string(text), micros(m.Created), micros(m.Changed), m.Sequence)
	return m, err
}

// RemoveSetting forgets that settings were ever set. Kind: NotFound.
func (tx *Tx) RemoveSetting(name iam.SettingName) error {
	return tx.exec("setting", `DELETE FROM settings WHERE name = $1`, name)
}
