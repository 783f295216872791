package directory

import (
	"context"

	"github.com/latchkey-iam/latchkey/internal/iam"
	"github.com/latchkey-iam/latchkey/internal/store"
)

// findUser finds a user for one purpose. With self, users may do it to themselves
// (never in an organization's context: Zitadel's first API asks for a role always).
func findUser(ctx context.Context, r store.Reader, c iam.Caller, p iam.Permission, id string, self bool) (iam.User, error) {
	if c.Nobody() {
		return iam.User{}, nobody()
	}
	u, err := r.User(ctx, id)
	if err != nil {
		return u, found(c, p, "user", err)
	}
	t := u.Target()
	if self {
		t.UserID = u.ID
	}
	if err := c.Authorise(p, t, "user"); err != nil {
		return iam.User{}, err
	}
	if !p.Reads() && u.ID != c.UserID() {
		if err := outranks(ctx, r, c, u); err != nil {
			return iam.User{}, err
		}
	}
	return u, nil
}

// outranks refuses to touch a user who manages more than the caller could give,
// see [iam.Caller.Outranks]. Kind: PermissionDenied.
func outranks(ctx context.Context, r store.Reader, c iam.Caller, u iam.User) error {
	memberships, err := r.MembershipsOf(ctx, u.ID)
	if err != nil {
		return err
	}
	if !c.Outranks(memberships) {
		return iam.Errorf(iam.PermissionDenied, "USER-rank1",
			"the user is a manager of something whose managers you may not choose")
	}
	return nil
}

// reachableUser says whether a user can be given something by an organization:
// its own users, and those that the caller may read elsewhere. Kind: NotFound.
func reachableUser(ctx context.Context, r store.Reader, c iam.Caller, id, orgID string) error {
	u, err := r.User(ctx, id)
	if err != nil && !iam.Is(err, iam.NotFound) {
		return err
	}
	if err == nil && (u.OrgID == orgID || c.In("").Can(iam.UserRead, u.Target())) {
		return nil
	}
	return iam.Errorf(iam.NotFound, "USER-nf01x", "user does not exist") // one answer for both: ids elsewhere are not guessed here
}

func userEvent(t iam.EventType, u iam.User, payload []byte) iam.Event {
	return iam.Event{Type: t, Aggregate: iam.AggregateUser, AggregateID: u.ID, OrgID: u.OrgID, UserID: u.ID, Payload: payload}
}

// User finds a user. Everyone may read itself.
func (d *Directory) User(ctx context.Context, c iam.Caller, id string) (iam.User, error) {
	return findUser(ctx, d.Store.Read(), c, iam.UserRead, id, true)
}

// UserByName finds a user by user name, without regard to case.
func (d *Directory) UserByName(ctx context.Context, c iam.Caller, name string) (iam.User, error) {
	if c.Nobody() {
		return iam.User{}, nobody()
	}
	c = c.In("")
	u, err := d.Store.Read().UserByName(ctx, name)
	if err != nil {
		return u, found(c, iam.UserRead, "user", err)
	}
	return d.User(ctx, c, u.ID)
}

// UserUnique reports whether no user of the instance has the name, and no user
// within the caller's reach the e-mail address. Empty ones are not asked.
func (d *Directory) UserUnique(ctx context.Context, c iam.Caller, name, email string) (bool, error) {
	if err := c.Require(iam.UserRead, iam.Target{OrgID: c.Context()}); err != nil {
		return false, err
	}
	if name != "" {
		_, err := d.Store.Read().UserByName(ctx, name)
		if !iam.Is(err, iam.NotFound) {
			return false, err
		}
	}
	if email == "" {
		return true, nil
	}
	f := iam.Filter{Field: iam.FieldEmail, Match: iam.EqualsFold, Text: email}
	l, err := d.Store.Read().Users(ctx, c.Reach(iam.UserRead), f, iam.Page{Limit: 1})
	return err == nil && l.Total == 0, err
}

// Users lists users; everyone sees itself.
func (d *Directory) Users(ctx context.Context, c iam.Caller, f iam.Filter, page iam.Page) (store.List[iam.User], error) {
	reach, page, err := listArgs(c, iam.UserRead, page)
	if err != nil {
		return store.List[iam.User]{}, err
	}
	return d.Store.Read().Users(ctx, reach, f, page)
}

// RenameUser gives a user another user name, which is also its client_id.
// Kind: AlreadyExists.
func (d *Directory) RenameUser(ctx context.Context, c iam.Caller, id, name string) (iam.User, error) {
	return d.UpdateUser(ctx, c, id, UserChange{UserName: &name})
}

// UserChange is what [Directory.UpdateUser] changes; nil leaves as it is.
type UserChange struct {
	UserName *string
	Metadata []iam.MetadataEntry // those that are to be set; see [Directory.SetMetadata]
}

// UpdateUser changes what users of both types have. Kind: AlreadyExists for a user name.
func (d *Directory) UpdateUser(ctx context.Context, c iam.Caller, id string, in UserChange) (iam.User, error) {
	var u iam.User
	err := d.write(ctx, c, func(tx *store.Tx) error {
		var err error
		if u, err = findUser(ctx, tx.Reader, c, iam.UserWrite, id, true); err != nil {
			return err
		}
		err = unchanged("user")
		if in.UserName != nil {
			err = d.rename(tx, &u, *in.UserName)
		}
		return alsoMetadata(ctx, tx, c, &u, in.Metadata, err)
	})
	return u, err
}

// edit writes what an update of a user changes: the user name, if one is given
// that differs, and what u has now and had not before. What Zitadel has an event
// of its own for has one here too.
func (d *Directory) edit(tx *store.Tx, before iam.User, u *iam.User, name *string, seen iam.Version) error {
	type part struct {
		event  iam.EventType
		fields func(iam.User) iam.Fields
	}
	what, parts := "service user", []part{{iam.MachineChanged, machineFields}}
	if u.Type == iam.Human {
		what, parts = "user", []part{{iam.HumanChanged, profileFields}, {iam.HumanEmailChanged, emailFields}, {iam.HumanPhoneChanged, phoneFields}}
	}
	var events []iam.Event
	for _, p := range parts {
		if b, a, changed := iam.Diff(p.fields(before), p.fields(*u)); changed {
			events = append(events, userEvent(p.event, *u, iam.Change(b, a)))
		}
	}
	renamed := name != nil && *name != u.UserName
	if err := mayChange(len(events) > 0 || renamed, seen, before.Meta, what); err != nil {
		return err
	}
	if renamed {
		if err := d.rename(tx, u, *name); err != nil {
			return err
		}
	}
	if len(events) == 0 {
		return nil
	}
	if err := tx.SetUser(u); err != nil {
		return err
	}
	for _, e := range events {
		if err := tx.Record(e); err != nil {
			return err
		}
	}
	return nil
}

func (d *Directory) rename(tx *store.Tx, u *iam.User, name string) error {
	if err := iam.CheckUserName(name); err != nil {
		return err
	}
	if u.UserName == name {
		return unchanged("user name")
	}
	before := u.UserName
	u.UserName = name
	if err := tx.SetUser(u); err != nil {
		return userNameTaken(err)
	}
	return tx.Record(userEvent(iam.UserNameChanged, *u, iam.Change(
		iam.Fields{"userName": before}, iam.Fields{"userName": name})))
}

// userNameTaken names what is taken: user names are unique in the instance.
func userNameTaken(err error) error {
	return taken(err, iam.FieldUserName, "USER-dup1x", "the user name or id is already taken")
}

// DeactivateUser switches a user off: it gets no tokens, and those it has end.
// Kind: FailedPrecondition when it is off already, and for the last IAM_OWNER.
func (d *Directory) DeactivateUser(ctx context.Context, c iam.Caller, id string) (iam.User, error) {
	return d.setUserState(ctx, c, id, iam.Active, iam.Inactive, iam.UserDeactivated)
}

// ReactivateUser switches a deactivated user on again; its old tokens stay ended.
// Kind: FailedPrecondition when it is not off.
func (d *Directory) ReactivateUser(ctx context.Context, c iam.Caller, id string) (iam.User, error) {
	return d.setUserState(ctx, c, id, iam.Inactive, iam.Active, iam.UserReactivated)
}

// LockUser locks a user: like [Directory.DeactivateUser], but for suspicion.
// Kind: FailedPrecondition when it is not active, and for the last IAM_OWNER.
func (d *Directory) LockUser(ctx context.Context, c iam.Caller, id string) (iam.User, error) {
	return d.setUserState(ctx, c, id, iam.Active, iam.Locked, iam.UserLocked)
}

// UnlockUser is the reverse of [Directory.LockUser]. Kind: FailedPrecondition
// when it is not locked.
func (d *Directory) UnlockUser(ctx context.Context, c iam.Caller, id string) (iam.User, error) {
	return d.setUserState(ctx, c, id, iam.Locked, iam.Active, iam.UserUnlocked)
}

func (d *Directory) setUserState(ctx context.Context, c iam.Caller, id string, from, to iam.State, event iam.EventType) (iam.User, error) {
	var u iam.User
	err := d.write(ctx, c, func(tx *store.Tx) error {
		var err error
		if u, err = findUser(ctx, tx.Reader, c, iam.UserWrite, id, false); err != nil {
			return err
		}
		if u.State != from {
			return iam.Errorf(iam.FailedPrecondition, "USER-stat1", "the user is %s, not %s", u.State, from)
		}
		u.State = to
		set := func() error { return tx.SetUser(&u) }
		if to == iam.Active {
			err = set()
		} else {
			u.Generation++ // ends the tokens of before
			err = keepingOwner(ctx, tx, iam.FieldUserID.Is(id), set)
		}
		if err != nil {
			return err
		}
		return tx.Record(userEvent(event, u, nil))
	})
	return u, err
}

// RemoveUser removes a user with its credentials, authorizations and memberships.
// Kind: FailedPrecondition for the last IAM_OWNER.
func (d *Directory) RemoveUser(ctx context.Context, c iam.Caller, id string) (iam.User, error) {
	var u iam.User
	err := d.write(ctx, c, func(tx *store.Tx) error {
		var err error
		if u, err = findUser(ctx, tx.Reader, c, iam.UserDelete, id, false); err != nil {
			return err
		}
		return removeUser(ctx, tx, &u)
	})
	return u, err
}

// RemoveSelf is [Directory.RemoveUser] for the caller itself, which needs the
// permission to remove itself, or users of its organization. Kind:
// PermissionDenied.
func (d *Directory) RemoveSelf(ctx context.Context, c iam.Caller) (iam.User, error) {
	var u iam.User
	err := d.write(ctx, c, func(tx *store.Tx) error {
		var err error
		if u, err = tx.User(ctx, c.UserID()); err != nil {
			return found(c, iam.UserSelfDelete, "user", err)
		}
		if !c.Can(iam.UserSelfDelete, u.Target()) {
			if err := c.Require(iam.UserDelete, u.Target()); err != nil {
				return err
			}
		}
		return removeUser(ctx, tx, &u)
	})
	return u, err
}

func removeUser(ctx context.Context, tx *store.Tx, u *iam.User) error {
	err := keepingOwner(ctx, tx, iam.FieldUserID.Is(u.ID), func() error { return tx.RemoveUser(u.ID) })
	if err != nil {
		return err
	}
	u.Meta = tx.Stamp(u.Meta)
	return tx.Record(userEvent(iam.UserRemoved, *u, iam.Change(
		iam.Fields{"userName": u.UserName, "type": string(u.Type)}, nil)))
}
