package directory

import (
	"context"
	"maps"

	"github.com/latchkey-iam/latchkey/internal/iam"
	"github.com/latchkey-iam/latchkey/internal/store"
)

// NewHuman is a human to be created. ID is chosen by the client or empty;
// without a user name the e-mail address is the user name. A password, or a hash
// of it that was made elsewhere, is optional; without one nobody can sign in as
// this user yet. With PasswordChange the human must change it before anything else.
type NewHuman struct {
	ID       string
	UserName string
	iam.Profile
	Password       string
	PasswordHash   string
	PasswordChange bool
	Metadata       []iam.MetadataEntry

	hash string
}

// prepareHuman does what is slow, before any transaction. Kinds:
// InvalidArgument, Unavailable when too many passwords are being hashed.
func (d *Directory) prepareHuman(ctx context.Context, in *NewHuman) error {
	switch {
	case in.Password != "" && in.PasswordHash != "":
		return bothPasswords()
	case in.PasswordHash != "":
		if err := checkHash(in.PasswordHash); err != nil {
			return err
		}
	case in.Password != "":
		if err := iam.CheckPassword(in.Password); err != nil {
			return err
		}
	}
	var err error
	in.hash, err = d.hashOf(ctx, in.Password, in.PasswordHash)
	return err
}

// CreateHuman creates a human. Kind: AlreadyExists.
func (d *Directory) CreateHuman(ctx context.Context, c iam.Caller, orgID string, in NewHuman) (iam.User, error) {
	var u iam.User
	if _, err := findOrg(ctx, d.Store.Read(), c, iam.UserWrite, orgID); err != nil {
		return u, err
	}
	if err := d.prepareHuman(ctx, &in); err != nil {
		return u, err
	}
	err := d.write(ctx, c, func(tx *store.Tx) error {
		if _, err := findOrg(ctx, tx.Reader, c, iam.UserWrite, orgID); err != nil {
			return err
		}
		var err error
		if u, err = d.addHuman(tx, orgID, &in); err != nil {
			return err
		}
		return firstMetadata(ctx, tx, u, in.Metadata)
	})
	return u, err
}

func (d *Directory) addHuman(tx *store.Tx, orgID string, in *NewHuman) (iam.User, error) {
	u := iam.User{
		OrgID: orgID, Type: iam.Human, State: iam.Active, UserName: in.UserName, Profile: in.Profile,
		PasswordHash: in.hash, PasswordChange: in.PasswordChange && in.hash != "",
	}
	var err error
	if u.ID, err = newID(in.ID); err != nil {
		return u, err
	}
	if u.UserName == "" {
		u.UserName = u.Email
	}
	nameHuman(&u.Profile)
	if err := iam.CheckHuman(u); err != nil {
		return u, err
	}
	if err := tx.AddUser(&u); err != nil {
		return u, userNameTaken(err)
	}
	after := humanFields(u)
	after["userName"] = u.UserName
	if u.PasswordHash != "" {
		after["passwordChange"] = u.PasswordChange
	}
	return u, tx.Record(userEvent(iam.HumanAdded, u, iam.Change(nil, after)))
}

// nameHuman makes a display name where none was chosen.
func nameHuman(p *iam.Profile) {
	if p.DisplayName == "" {
		p.DisplayName = p.FirstName + " " + p.LastName
	}
}

func humanFields(u iam.User) iam.Fields {
	all := profileFields(u)
	maps.Copy(all, emailFields(u))
	maps.Copy(all, phoneFields(u))
	return all
}

func profileFields(u iam.User) iam.Fields {
	return iam.Fields{
		"firstName": u.FirstName, "lastName": u.LastName, "nickName": u.NickName, "displayName": u.DisplayName,
		"preferredLanguage": u.PreferredLanguage, "gender": u.Gender,
	}
}

func emailFields(u iam.User) iam.Fields {
	return iam.Fields{"email": u.Email, "emailVerified": u.EmailVerified}
}

func phoneFields(u iam.User) iam.Fields {
	return iam.Fields{"phone": u.Phone, "phoneVerified": u.PhoneVerified}
}

// HumanChange is what [Directory.UpdateHuman] changes; nil leaves as it is.
type HumanChange struct {
	UserName          *string
	FirstName         *string
	LastName          *string
	NickName          *string
	DisplayName       *string
	PreferredLanguage *string
	Gender            *string
	Email             *string
	EmailVerified     *bool
	Phone             *string
	PhoneVerified     *bool
	Metadata          []iam.MetadataEntry // those that are to be set; see [Directory.SetMetadata]
	Password          *NewPassword
	Seen              iam.Version
}

// UpdateHuman changes a human. An e-mail address or phone number that changes is
// no longer verified, unless it is said to be by somebody else than the human
// itself. Kinds: AlreadyExists for a user name; FailedPrecondition for a service
// user; Aborted when it is no longer as it was seen; those of
// [Directory.SetPassword].
func (d *Directory) UpdateHuman(ctx context.Context, c iam.Caller, id string, in HumanChange) (iam.User, error) {
	var u iam.User
	var set passwordSetting
	if in.Password != nil {
		var err error
		if set, err = d.preparePassword(ctx, c, id, *in.Password); err != nil {
			return u, err
		}
	}
	err := d.write(ctx, c, func(tx *store.Tx) error {
		var err error
		if u, err = findHuman(ctx, tx.Reader, c, iam.UserWrite, id); err != nil {
			return err
		}
		if given(in.EmailVerified) || given(in.PhoneVerified) {
			if err := c.Authorise(iam.UserWrite, u.Target(), "user"); err != nil {
				return err
			}
		}
		before := u
		in.apply(&u.Profile)
		nameHuman(&u.Profile)
		if err := iam.CheckHuman(u); err != nil {
			return err
		}
		err = d.edit(tx, before, &u, in.UserName, in.Seen)
		if in.Password != nil && (err == nil || iam.Is(err, iam.Unchanged)) {
			err = set.write(tx, &u)
		}
		return alsoMetadata(ctx, tx, c, &u, in.Metadata, err)
	})
	return u, err
}

// given reports whether a switch is to be turned on.
func given(b *bool) bool { return b != nil && *b }

func (in HumanChange) apply(p *iam.Profile) {
	p.EmailVerified = p.EmailVerified && (in.Email == nil || *in.Email == p.Email)
	p.PhoneVerified = p.PhoneVerified && (in.Phone == nil || *in.Phone == p.Phone)
	patch(&p.FirstName, in.FirstName)
	patch(&p.LastName, in.LastName)
	patch(&p.NickName, in.NickName)
	patch(&p.DisplayName, in.DisplayName)
	patch(&p.PreferredLanguage, in.PreferredLanguage)
	patch(&p.Gender, in.Gender)
	patch(&p.Email, in.Email)
	patch(&p.EmailVerified, in.EmailVerified)
	patch(&p.Phone, in.Phone)
	patch(&p.PhoneVerified, in.PhoneVerified)
}

// Human finds a human. Everyone may read itself. Kind: FailedPrecondition for a
// service user.
func (d *Directory) Human(ctx context.Context, c iam.Caller, id string) (iam.User, error) {
	return findHuman(ctx, d.Store.Read(), c, iam.UserRead, id)
}

// findHuman is findUser for what only humans have. Kind: FailedPrecondition for
// a service user.
func findHuman(ctx context.Context, r store.Reader, c iam.Caller, p iam.Permission, id string) (iam.User, error) {
	u, err := findUser(ctx, r, c, p, id, true)
	if err == nil && u.Type != iam.Human {
		return iam.User{}, notHuman()
	}
	return u, err
}

func notHuman() error {
	return iam.Errorf(iam.FailedPrecondition, "USER-mach1", "the user is a service user, not a human")
}
