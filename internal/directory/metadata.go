package directory

import (
	"bytes"
	"context"

	"github.com/latchkey-iam/latchkey/internal/iam"
	"github.com/latchkey-iam/latchkey/internal/store"
)

// Metadata is written by those who may write its owner, and never by a user
// about itself: backends trust the claim that it becomes.

// metadataOwner is whose metadata an operation is about.
type metadataOwner struct {
	level     iam.MetadataLevel
	id, orgID string
}

func ofUser(u iam.User) metadataOwner { return metadataOwner{iam.MetadataOfUser, u.ID, u.OrgID} }

func ofOrg(o iam.Org) metadataOwner { return metadataOwner{iam.MetadataOfOrg, o.ID, o.ID} }

// findOwner finds whose metadata is to be read or written. Everyone may read its own.
func findOwner(ctx context.Context, r store.Reader, c iam.Caller, level iam.MetadataLevel, id string, write bool) (metadataOwner, error) {
	if level == iam.MetadataOfOrg {
		p := iam.OrgRead
		if write {
			p = iam.OrgWrite
		}
		o, err := findOrg(ctx, r, c, p, id)
		return ofOrg(o), err
	}
	p := iam.UserRead
	if write {
		p = iam.UserWrite
	}
	u, err := findUser(ctx, r, c, p, id, !write)
	return ofUser(u), err
}

// Metadata finds one entry of a user or an organization.
func (d *Directory) Metadata(ctx context.Context, c iam.Caller, level iam.MetadataLevel, id, key string) (iam.Metadata, error) {
	if _, err := findOwner(ctx, d.Store.Read(), c, level, id, false); err != nil {
		return iam.Metadata{}, err
	}
	return d.Store.Read().Metadata(ctx, level, id, key)
}

// MetadataEntries lists the metadata of one user or organization.
func (d *Directory) MetadataEntries(ctx context.Context, c iam.Caller, level iam.MetadataLevel, id string, f iam.Filter, page iam.Page) (store.List[iam.Metadata], error) {
	page, err := page.Check()
	if err != nil {
		return store.List[iam.Metadata]{}, err
	}
	if _, err := findOwner(ctx, d.Store.Read(), c, level, id, false); err != nil {
		return store.List[iam.Metadata]{}, err
	}
	own := iam.Filter{All: []iam.Filter{iam.FieldLevel.Is(string(level)), iam.FieldResourceID.Is(id)}}
	return d.Store.Read().MetadataEntries(ctx, iam.Reach{All: true}, both(own, f), page)
}

// SetMetadata sets entries of a user or an organization, all or none, and
// returns what the last one is now. Other entries stay. An empty value removes
// its entry, if there is one. Kind: FailedPrecondition when there would be too much.
func (d *Directory) SetMetadata(ctx context.Context, c iam.Caller, level iam.MetadataLevel, id string, entries []iam.MetadataEntry) (iam.Metadata, error) {
	var last iam.Metadata
	if _, err := findOwner(ctx, d.Store.Read(), c, level, id, true); err != nil {
		return last, err
	}
	if err := iam.CheckMetadata(entries); err != nil {
		return last, err
	}
	err := d.write(ctx, c, func(tx *store.Tx) error {
		owner, err := findOwner(ctx, tx.Reader, c, level, id, true)
		if err != nil {
			return err
		}
		last, err = setMetadata(ctx, tx, owner, entries)
		return err
	})
	return last, err
}

// setMetadata is SetMetadata for an owner that the caller may write, with
// entries that were checked.
func setMetadata(ctx context.Context, tx *store.Tx, owner metadataOwner, entries []iam.MetadataEntry) (iam.Metadata, error) {
	var last iam.Metadata
	keys := make([]string, len(entries))
	for i, e := range entries {
		keys[i] = e.Key
	}
	there, err := tx.MetadataByKey(ctx, owner.level, owner.id, keys)
	if err != nil {
		return last, err
	}
	changed := false
	for _, e := range entries {
		m, is := there[e.Key]
		last = m
		if bytes.Equal(m.Value, e.Value) { // also for an entry that is not there and shall not be
			continue
		}
		changed = true
		if len(e.Value) == 0 {
			err = removeMetadata(tx, owner, m.Key, len(m.Value))
			last.Meta = tx.Stamp(last.Meta)
		} else {
			last, err = putMetadata(tx, owner, m, is, e)
		}
		if err != nil {
			return last, err
		}
	}
	if !changed {
		return last, unchanged("metadata")
	}
	use, err := tx.MetadataUse(ctx, owner.level, owner.id)
	if err != nil {
		return last, err
	}
	return last, use.Check()
}

// putMetadata adds an entry, or changes m if it is there already.
func putMetadata(tx *store.Tx, owner metadataOwner, m iam.Metadata, is bool, e iam.MetadataEntry) (iam.Metadata, error) {
	var before iam.Fields
	write := tx.AddMetadata
	if is {
		before, write = metadataFields(m.Key, len(m.Value)), tx.SetMetadata
	}
	m = iam.Metadata{Level: owner.level, OwnerID: owner.id, OrgID: owner.orgID, Key: e.Key, Value: e.Value, Meta: m.Meta}
	if err := write(&m); err != nil {
		return m, err
	}
	return m, tx.Record(owner.event(iam.UserMetadataSet, iam.OrgMetadataSet, iam.Change(before, metadataFields(m.Key, len(m.Value)))))
}

func removeMetadata(tx *store.Tx, owner metadataOwner, key string, size int) error {
	if err := tx.RemoveMetadata(owner.level, owner.id, key); err != nil {
		return err
	}
	return tx.Record(owner.event(iam.UserMetadataGone, iam.OrgMetadataGone, iam.Change(metadataFields(key, size), nil)))
}

// metadataFields say which entry it is and how long, but not its value: events
// are read by more people, and for longer.
func metadataFields(key string, size int) iam.Fields {
	return iam.Fields{"key": key, "bytes": size}
}

func (o metadataOwner) event(user, org iam.EventType, payload []byte) iam.Event {
	if o.level == iam.MetadataOfOrg {
		return orgEvent(org, iam.Org{ID: o.id}, payload)
	}
	return userEvent(user, iam.User{ID: o.id, OrgID: o.orgID}, payload)
}

// firstMetadata sets metadata of a user in the transaction that creates it.
func firstMetadata(ctx context.Context, tx *store.Tx, u iam.User, entries []iam.MetadataEntry) error {
	if len(entries) == 0 {
		return nil
	}
	if err := iam.CheckMetadata(entries); err != nil {
		return err
	}
	_, err := setMetadata(ctx, tx, ofUser(u), entries)
	if iam.Is(err, iam.Unchanged) { // only empty values
		return nil
	}
	return err
}

// alsoMetadata sets metadata of a user in the transaction that edited it, or
// found nothing to edit; edited is what that returned. Unlike the user itself,
// its metadata is nothing that the user may write.
func alsoMetadata(ctx context.Context, tx *store.Tx, c iam.Caller, u *iam.User, entries []iam.MetadataEntry, edited error) error {
	if len(entries) == 0 || edited != nil && !iam.Is(edited, iam.Unchanged) {
		return edited
	}
	if err := c.Authorise(iam.UserWrite, u.Target(), "user"); err != nil {
		return err
	}
	if err := iam.CheckMetadata(entries); err != nil {
		return err
	}
	_, err := setMetadata(ctx, tx, ofUser(*u), entries)
	if iam.Is(err, iam.Unchanged) {
		return edited
	}
	u.Meta = tx.Stamp(u.Meta)
	return err
}

// RemoveMetadata removes entries of a user or an organization, all or none. It
// returns the last of them as it was, but for its value, with the time of its removal as its last
// change. Kind: NotFound when one is not there.
func (d *Directory) RemoveMetadata(ctx context.Context, c iam.Caller, level iam.MetadataLevel, id string, keys []string) (iam.Metadata, error) {
	var last iam.Metadata
	if _, err := findOwner(ctx, d.Store.Read(), c, level, id, true); err != nil {
		return last, err
	}
	if err := iam.CheckMetadataKeys(keys); err != nil {
		return last, err
	}
	err := d.write(ctx, c, func(tx *store.Tx) error {
		owner, err := findOwner(ctx, tx.Reader, c, level, id, true)
		if err != nil {
			return err
		}
		there, err := tx.MetadataHeads(ctx, level, id, keys)
		if err != nil {
			return err
		}
		for _, key := range keys {
			m := there[key]
			if err := removeMetadata(tx, owner, key, m.Bytes); err != nil {
				return err
			}
			last = m.Metadata
		}
		last.Meta = tx.Stamp(last.Meta)
		return nil
	})
	return last, err
}
