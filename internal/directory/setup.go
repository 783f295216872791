package directory

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"time"

	"github.com/latchkey-iam/latchkey/internal/iam"
	"github.com/latchkey-iam/latchkey/internal/keyring"
	"github.com/latchkey-iam/latchkey/internal/store"
)

// FirstInstance is what [Directory.SetUp] makes on an empty database.
type FirstInstance struct {
	OrgName          string
	AdminUserName    string
	AdminPassword    string // empty: none yet
	MachineUserName  string
	PATPath          string // where the machine's first token is written; empty: it gets none
	SigningAlgorithm keyring.Algorithm
}

// AdminPATLifetime is how long the first machine's tokens are good.
const AdminPATLifetime = 90 * 24 * time.Hour

// ErrOtherMasterKey says that the database was set up with another master key.
var ErrOtherMasterKey = errors.New("the master key is not the one that this database was set up with; nothing was changed")

const (
	internalProjectName = "Latchkey"
	tokenKeyRecord      = "token_key"
)

// SetUp makes the instance if there is none, and reports whether it did.
// Several nodes may call it at once; one makes the instance. It is not an
// operation for callers: the server does it to itself.
func (d *Directory) SetUp(ctx context.Context, in FirstInstance) (bool, error) {
	switch i, err := d.Store.Read().Instance(ctx); {
	case err == nil:
		return false, d.checkMasterKey(i)
	case !iam.Is(err, iam.NotFound):
		return false, err
	}
	first, err := d.prepareFirst(ctx, in)
	if err != nil {
		return false, err
	}
	made := false
	var remove func() error
	err = d.Store.Write(ctx, iam.SystemEditor, func(tx *store.Tx) error {
		made = false
		if _, err := tx.Instance(ctx); !iam.Is(err, iam.NotFound) {
			return err // another node was faster
		}
		// The file comes before the commit: a token that nobody holds would be worse than a file
		// without one. It is written within the transaction, where of several nodes only one is.
		if in.PATPath != "" && remove == nil {
			var err error
			if remove, err = writePAT(in.PATPath, first.pat); err != nil {
				return err
			}
		}
		made = true
		return d.addInstance(ctx, tx, in, first)
	})
	if err != nil && made && d.committed(ctx, first.instance.ID) {
		return true, nil
	}
	if (err != nil || !made) && remove != nil {
		err = errors.Join(err, remove())
	}
	return made && err == nil, err
}

// committed finds out what became of a commit whose answer was lost.
func (d *Directory) committed(ctx context.Context, instanceID string) bool {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	i, err := d.Store.Read().Instance(ctx)
	return err == nil && i.ID == instanceID
}

func (d *Directory) checkMasterKey(i iam.Instance) error {
	if !d.Master.Recognises(i.MasterKeyCheck) {
		return ErrOtherMasterKey
	}
	return nil
}

// first is what is made before the transaction, since it is slow.
type first struct {
	instance iam.Instance
	admin    *NewHuman
	key      iam.SigningKey
	pat      keyring.Secret
}

func (d *Directory) prepareFirst(ctx context.Context, in FirstInstance) (first, error) {
	f := first{
		instance: iam.Instance{
			ID: iam.NewID(), Name: in.OrgName,
			SigningAlgorithm: string(in.SigningAlgorithm), MasterKeyCheck: d.Master.CheckValue(),
		},
		admin: &NewHuman{
			UserName: in.AdminUserName, Password: in.AdminPassword,
			Profile: iam.Profile{FirstName: "Latchkey", LastName: "Admin", PreferredLanguage: "en"},
		},
		pat: keyring.NewPAT(),
	}
	f.instance.SetLifetimes(iam.DefaultLifetimes())
	tokenKey := make([]byte, keyring.TokenKeySize)
	_, _ = rand.Read(tokenKey) // never fails
	var err error
	if f.instance.TokenKey, err = d.Master.Seal(tokenKeyRecord, tokenKey); err != nil {
		return f, err
	}
	if err := d.prepareHuman(ctx, f.admin); err != nil {
		return f, err
	}
	private, public, err := keyring.GenerateSigningKey(in.SigningAlgorithm)
	if err != nil {
		return f, err
	}
	f.key, err = sealSigningKey(d.Master, in.SigningAlgorithm, private, public)
	f.key.State = iam.KeyActive
	return f, err
}

func (d *Directory) addInstance(ctx context.Context, tx *store.Tx, in FirstInstance, f first) error {
	org, err := d.addOrg(ctx, tx, "", in.OrgName)
	if err != nil {
		return err
	}
	project := iam.Project{ID: iam.NewID(), OrgID: org.ID, Name: internalProjectName, Internal: true}
	if err := addProject(tx, &project); err != nil {
		return err
	}
	i := f.instance
	i.DefaultOrgID, i.InternalProjectID = org.ID, project.ID
	if err := tx.AddInstance(&i); err != nil {
		return err
	}
	event := iam.Event{
		Type: iam.InstanceAdded, Aggregate: iam.AggregateInstance, AggregateID: i.ID, OrgID: org.ID,
		Payload: iam.Change(nil, iam.Fields{"name": i.Name}),
	}
	if err := tx.Record(event); err != nil {
		return err
	}
	key := f.key
	if err := tx.AddSigningKey(&key); err != nil {
		return err
	}
	event = iam.Event{
		Type: iam.SigningKeyAdded, Aggregate: iam.AggregateInstance, AggregateID: i.ID, OrgID: org.ID,
		Payload: iam.Change(nil, signingKeyFields(key)),
	}
	if err := tx.Record(event); err != nil {
		return err
	}
	admin, err := d.addHuman(tx, org.ID, f.admin)
	if err != nil {
		return fmt.Errorf("the first administrator: %w", err)
	}
	if err := addOwner(tx, i.ID, admin.ID); err != nil {
		return err
	}
	return addFirstMachine(tx, in, i, org, f.pat)
}

func addFirstMachine(tx *store.Tx, in FirstInstance, i iam.Instance, org iam.Org, pat keyring.Secret) error {
	u, err := addMachine(tx, NewMachine{
		OrgID: org.ID, UserName: in.MachineUserName, Name: in.MachineUserName,
		Description: "The first service user. It owns the instance.", AccessTokenType: iam.OpaqueToken,
	})
	if err != nil {
		return fmt.Errorf("the first service user: %w", err)
	}
	if err := addOwner(tx, i.ID, u.ID); err != nil {
		return err
	}
	if in.PATPath == "" {
		return nil
	}
	_, err = addPAT(tx, u, pat, tx.Now().Add(AdminPATLifetime))
	return err
}

func addOwner(tx *store.Tx, instanceID, userID string) error {
	return addMembership(tx, &iam.Membership{
		UserID: userID, Level: iam.LevelInstance, ResourceID: instanceID, Roles: []iam.ManagerRole{iam.IAMOwner},
	})
}

// NewAdminPAT makes a new token for the instance's first service user and
// writes it to a file that must not exist yet. Whoever can run it holds the
// database and the master key already. A user that was switched off stays so;
// one that is gone, or owns the instance no longer, is made and given it anew.
func (d *Directory) NewAdminPAT(ctx context.Context, userName, path string) (iam.Credential, error) {
	var cred iam.Credential
	i, err := d.Store.Read().Instance(ctx)
	if iam.Is(err, iam.NotFound) {
		return cred, errors.New("there is no instance yet: start the server once")
	}
	if err != nil {
		return cred, err
	}
	if err := d.checkMasterKey(i); err != nil {
		return cred, err
	}
	pat := keyring.NewPAT()
	remove, err := writePAT(path, pat)
	if err != nil {
		return cred, err
	}
	err = d.Store.Write(ctx, iam.SystemEditor, func(tx *store.Tx) error {
		u, err := firstMachine(ctx, tx, i, userName)
		if err != nil {
			return err
		}
		cred, err = addPAT(tx, u, pat, tx.Now().Add(AdminPATLifetime))
		return err
	})
	if err != nil {
		return cred, errors.Join(err, remove())
	}
	return cred, nil
}

func firstMachine(ctx context.Context, tx *store.Tx, i iam.Instance, userName string) (iam.User, error) {
	u, err := tx.UserByName(ctx, userName)
	switch {
	case iam.Is(err, iam.NotFound):
		if u, err = addMachine(tx, NewMachine{OrgID: i.DefaultOrgID, UserName: userName, Name: userName}); err != nil {
			return u, err
		}
	case err != nil:
		return u, err
	case u.Type != iam.Machine:
		return u, fmt.Errorf("%q is a human; name a service user", userName)
	case u.State != iam.Active:
		return u, fmt.Errorf("the service user %q is %s; name another one", userName, u.State)
	}
	m, err := tx.Membership(ctx, u.ID, iam.LevelInstance, i.ID)
	if iam.Is(err, iam.NotFound) {
		return u, addOwner(tx, i.ID, u.ID)
	}
	if err != nil {
		return u, err
	}
	if slices.Contains(m.Roles, iam.IAMOwner) {
		return u, nil
	}
	before := iam.Fields{"roles": m.Roles}
	m.Roles = append(m.Roles, iam.IAMOwner)
	if err := tx.SetMembership(&m); err != nil {
		return u, err
	}
	return u, tx.Record(iam.Event{
		Type: iam.InstanceMemberChanged, Aggregate: iam.AggregateInstance, AggregateID: i.ID, UserID: u.ID,
		Payload: iam.Change(before, iam.Fields{"roles": m.Roles}),
	})
}

// AdminPATExpiry says when the last token of the first service user expires:
// the zero time when it has none.
func (d *Directory) AdminPATExpiry(ctx context.Context, userName string) (time.Time, error) {
	u, err := d.Store.Read().UserByName(ctx, userName)
	if iam.Is(err, iam.NotFound) {
		return time.Time{}, nil
	}
	if err != nil {
		return time.Time{}, err
	}
	l, err := d.Store.Read().Credentials(ctx, iam.PersonalAccessToken, iam.Reach{All: true}, iam.FieldUserID.Is(u.ID),
		iam.Page{Limit: iam.MaxLimit})
	var last time.Time
	for _, cred := range l.Items {
		if cred.Expires.IsZero() {
			return iam.Never, nil
		}
		if cred.Expires.After(last) {
			last = cred.Expires
		}
	}
	return last, err
}

// NewSetupCode makes a code with which the first administrator sets a password
// within [iam.SetupCodeLifetime], and returns it this once, with the time when
// it ends. The user's set-up codes of before end.
// It is not an operation for callers: whoever runs it holds the database. Kinds:
// NotFound when there is no such user; FailedPrecondition when it is no active
// human who owns the instance, or has a password and reset is not asked.
func (d *Directory) NewSetupCode(ctx context.Context, adminUserName string, reset bool) (keyring.Secret, time.Time, error) {
	code := keyring.NewSetupCode()
	var expires time.Time
	err := d.Store.Write(ctx, iam.SystemEditor, func(tx *store.Tx) error {
		u, err := firstAdmin(ctx, tx.Reader, adminUserName, reset)
		if err != nil {
			return err
		}
		if err := letIn(tx, &u); err != nil {
			return err
		}
		if err := tx.RemoveCodes(u.ID, iam.SetupCode); err != nil {
			return err
		}
		expires = tx.Now().Add(iam.SetupCodeLifetime)
		return addCode(tx, u, iam.SetupCode, code, expires, iam.SetupCodeAdded)
	})
	if err != nil {
		return keyring.Secret{}, time.Time{}, err
	}
	return code, expires, nil
}

// AwaitsSetUp reports whether the first administrator has no password yet, and a
// set-up code could be made.
func (d *Directory) AwaitsSetUp(ctx context.Context, adminUserName string) (bool, error) {
	_, err := firstAdmin(ctx, d.Store.Read(), adminUserName, false)
	if iam.Is(err, iam.NotFound) || iam.Is(err, iam.FailedPrecondition) {
		return false, nil
	}
	return err == nil, err
}

// letIn switches the first administrator on again who switched itself off.
func letIn(tx *store.Tx, u *iam.User) error {
	event := iam.UserReactivated
	switch u.State {
	case iam.Active:
		return nil
	case iam.Locked:
		event = iam.UserUnlocked
	}
	u.State = iam.Active
	if err := tx.SetUser(u); err != nil {
		return err
	}
	return tx.Record(userEvent(event, *u, nil))
}

// firstAdmin finds who may be given a set-up code.
func firstAdmin(ctx context.Context, r store.Reader, userName string, reset bool) (iam.User, error) {
	fail := func(format string, args ...any) (iam.User, error) {
		return iam.User{}, iam.Errorf(iam.FailedPrecondition, "SETUP-code1", format, args...)
	}
	i, err := r.Instance(ctx)
	if iam.Is(err, iam.NotFound) {
		return fail("there is no instance yet: start the server once")
	}
	if err != nil {
		return iam.User{}, err
	}
	u, err := r.UserByName(ctx, userName)
	switch {
	case iam.Is(err, iam.NotFound):
		return iam.User{}, iam.Errorf(iam.NotFound, "SETUP-code2", "there is no user %q", userName)
	case err != nil:
		return iam.User{}, err
	case u.Type != iam.Human:
		return fail("%q is a service user; name a human", userName)
	case u.State != iam.Active && !reset:
		return fail("the user %q is %s; to let it in again: latchkey setup code --reset", userName, u.State)
	case u.PasswordHash != "" && !reset:
		return fail("the user %q has a password already; to replace it: latchkey setup code --reset", userName)
	}
	m, err := r.Membership(ctx, u.ID, iam.LevelInstance, i.ID)
	if err != nil && !iam.Is(err, iam.NotFound) {
		return iam.User{}, err
	}
	if !slices.Contains(m.Roles, iam.IAMOwner) {
		return fail("the user %q does not own the instance", userName)
	}
	return u, nil
}

// TokenKey opens the key that seals opaque tokens.
func TokenKey(i iam.Instance, master keyring.MasterKey) ([]byte, error) {
	return master.Open(tokenKeyRecord, i.TokenKey)
}

// writePAT writes a token to a new file and returns how to remove it again.
func writePAT(path string, pat keyring.Secret) (remove func() error, err error) {
	switch err := keyring.WriteNewFile(path, pat.Reveal()+"\n"); {
	case errors.Is(err, fs.ErrExist):
		return nil, fmt.Errorf("%s exists and is not overwritten: move it away, or name another file", path)
	case err != nil:
		return nil, fmt.Errorf("write the personal access token: %w", err)
	}
	return func() error { return os.Remove(path) }, nil
}
