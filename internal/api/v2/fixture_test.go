package v2

import (
	"context"
	"testing"
	"time"

	"github.com/latchkey-iam/latchkey/internal/api/call"
	"github.com/latchkey-iam/latchkey/internal/directory"
	"github.com/latchkey-iam/latchkey/internal/iam"
	"github.com/latchkey-iam/latchkey/internal/keyring"
	"github.com/latchkey-iam/latchkey/internal/store"
	"github.com/latchkey-iam/latchkey/internal/store/storetest"
)

// Ids of the objects in every world.
const (
	instanceID  = "100000000000000001"
	home        = "200000000000000001" // the default organization, which holds the internal project
	alpha       = "200000000000000002" // owns chat
	beta        = "200000000000000003" // received chat
	gamma       = "200000000000000004" // has nothing to do with them
	internalID  = "300000000000000001"
	chat        = "300000000000000002" // roles reader and writer; beta got reader
	chatAtBeta  = "400000000000000001" // the project grant
	rootID      = "500000000000000001"
	ownerID     = "500000000000000002"
	viewerID    = "500000000000000003"
	strangerID  = "500000000000000004" // owner of gamma
	receiverID  = "500000000000000005" // owner of beta
	robot       = "500000000000000006" // a service user of alpha that manages nothing
	guest       = "500000000000000007" // a service user of beta that manages nothing
	human       = "500000000000000008" // of alpha
	robotAtChat = "600000000000000001" // an authorization: reader
	unknown     = "999999999999999999"
)

// world is a small instance and the services over it.
type world struct {
	t              testing.TB
	db             *store.DB
	users          *Users
	orgs           *Organizations
	projects       *Projects
	authorizations *Authorizations
	administrators *Administrators
	instances      *Instances
	applications   *Applications
	webKeys        *WebKeys
	settings       *Settings
	features       *Features
}

func newWorld(t testing.TB) *world {
	t.Helper()
	db := storetest.New(t)
	master := must(keyring.NewMasterKey())
	d := &directory.Directory{Store: db, Host: "id.example.com", Passwords: keyring.NewPasswordHasher(2), Keys: keyring.NewKeyMaker(1), Master: master, Now: time.Now}
	w := &world{
		t: t, db: db,
		users:          &Users{Directory: d, Now: time.Now},
		orgs:           &Organizations{Directory: d, Now: time.Now},
		projects:       &Projects{Directory: d, Now: time.Now},
		authorizations: &Authorizations{Directory: d, Now: time.Now},
		administrators: &Administrators{Directory: d, Now: time.Now},
		instances:      &Instances{Directory: d, Now: time.Now},
		applications:   &Applications{Directory: d, Now: time.Now},
		webKeys:        &WebKeys{Directory: d},
		settings:       &Settings{Directory: d},
		features:       &Features{Directory: d},
	}
	w.write(addOrgs(master), addUsers, addProjects)
	return w
}

// write writes rows past the rules of package directory.
func (w *world) write(fns ...func(*store.Tx) error) {
	w.t.Helper()
	err := w.db.Write(w.t.Context(), iam.SystemEditor, func(tx *store.Tx) error {
		for _, fn := range fns {
			if err := fn(tx); err != nil {
				return err
			}
		}
		return tx.Record(iam.Event{Type: iam.InstanceAdded, Aggregate: iam.AggregateInstance})
	})
	if err != nil {
		w.t.Fatalf("write the fixture: %v", err)
	}
}

func addOrgs(master keyring.MasterKey) func(*store.Tx) error {
	return func(tx *store.Tx) error { return addOrgsTo(tx, master.CheckValue()) }
}

func addOrgsTo(tx *store.Tx, masterKeyCheck []byte) error {
	for _, o := range []iam.Org{{ID: home, Name: "Home"}, {ID: alpha, Name: "Alpha"}, {ID: beta, Name: "Beta"}, {ID: gamma, Name: "Gamma"}} {
		o.State, o.PrimaryDomain = iam.Active, iam.PrimaryDomain(o.Name, "id.example.com")
		if err := tx.AddOrg(&o); err != nil {
			return err
		}
	}
	return tx.AddInstance(&iam.Instance{
		ID: instanceID, Name: "Test", DefaultOrgID: home, InternalProjectID: internalID, AccessTokenLifetime: time.Hour,
		SigningAlgorithm: "RS256", MasterKeyCheck: masterKeyCheck, TokenKey: []byte{2},
	})
}

func addUsers(tx *store.Tx) error {
	for _, u := range []iam.User{
		{ID: rootID, OrgID: home, UserName: "root"},
		{ID: ownerID, OrgID: alpha, UserName: "owner"},
		{ID: viewerID, OrgID: alpha, UserName: "viewer"},
		{ID: strangerID, OrgID: gamma, UserName: "stranger"},
		{ID: receiverID, OrgID: beta, UserName: "receiver"},
		{ID: robot, OrgID: alpha, UserName: "Robot"},
		{ID: guest, OrgID: beta, UserName: "guest"},
		{ID: human, OrgID: alpha, UserName: "ada", Type: iam.Human, Profile: iam.Profile{
			FirstName: "Ada", LastName: "Lovelace", DisplayName: "Ada Lovelace", Email: "ada@example.com", EmailVerified: true,
		}},
	} {
		if u.Type == "" {
			u.Type, u.Name = iam.Machine, "The "+u.UserName
		}
		u.State, u.AccessTokenType = iam.Active, iam.OpaqueToken
		if err := tx.AddUser(&u); err != nil {
			return err
		}
	}
	for _, m := range []iam.Membership{
		{UserID: rootID, Level: iam.LevelInstance, ResourceID: instanceID, Roles: []iam.ManagerRole{iam.IAMOwner}},
		{UserID: ownerID, Level: iam.LevelOrg, ResourceID: alpha, Roles: []iam.ManagerRole{iam.OrgOwner}},
		{UserID: viewerID, Level: iam.LevelOrg, ResourceID: alpha, Roles: []iam.ManagerRole{iam.OrgOwnerViewer}},
		{UserID: strangerID, Level: iam.LevelOrg, ResourceID: gamma, Roles: []iam.ManagerRole{iam.OrgOwner}},
		{UserID: receiverID, Level: iam.LevelOrg, ResourceID: beta, Roles: []iam.ManagerRole{iam.OrgOwner}},
	} {
		if err := tx.AddMembership(&m); err != nil {
			return err
		}
	}
	return nil
}

func addProjects(tx *store.Tx) error {
	for _, p := range []iam.Project{
		{ID: internalID, OrgID: home, Name: "Latchkey", Internal: true},
		{ID: chat, OrgID: alpha, Name: "Chat", ProjectOptions: iam.ProjectOptions{RoleCheck: true, PrivateLabeling: iam.LabelingOrg}},
	} {
		p.State = iam.Active
		if err := tx.AddProject(&p); err != nil {
			return err
		}
	}
	for _, r := range []iam.Role{{Key: "reader", DisplayName: "May read", Group: "people"}, {Key: "writer"}} {
		r.ProjectID = chat
		if err := tx.AddRole(&r); err != nil {
			return err
		}
	}
	g := iam.ProjectGrant{ID: chatAtBeta, ProjectID: chat, GrantedOrgID: beta, State: iam.Active, RoleKeys: []string{"reader"}}
	if err := tx.AddProjectGrant(&g); err != nil {
		return err
	}
	return tx.AddAuthorization(&iam.Authorization{
		ID: robotAtChat, UserID: robot, ProjectID: chat, OrgID: alpha, State: iam.Active, RoleKeys: []string{"reader"},
	})
}

// as is a request of a user with the memberships that it has now; an empty id is nobody.
func (w *world) as(userID string) context.Context {
	w.t.Helper()
	ctx := w.t.Context()
	if userID == "" {
		return ctx
	}
	u, err := w.db.Read().User(ctx, userID)
	if err != nil {
		w.t.Fatalf("read the caller: %v", err)
	}
	memberships, err := w.db.Read().MembershipsOf(ctx, userID)
	if err != nil {
		w.t.Fatalf("read the caller's memberships: %v", err)
	}
	return call.With(ctx, iam.NewCaller(u.ID, u.OrgID, memberships))
}

// events is how many changes were recorded so far.
func (w *world) events() uint64 {
	w.t.Helper()
	l, err := w.db.Read().Events(w.t.Context(), iam.Reach{All: true}, iam.Filter{}, iam.Page{Limit: 1})
	if err != nil {
		w.t.Fatalf("count the events: %v", err)
	}
	return l.Total
}

// success is what [kindOf] says of no error.
const success = iam.Kind(-1)

func kindOf(err error) iam.Kind {
	if err == nil {
		return success
	}
	return iam.KindOf(err)
}

// wantKind checks the outcome of a call.
func wantKind(t testing.TB, what string, err error, want iam.Kind) {
	t.Helper()
	if got := kindOf(err); got != want {
		t.Errorf("%s: kind %d, want %d (error: %v)", what, got, want, err)
	}
}

// must is the response of a call that has to succeed.
func must[R any](r R, err error) R {
	if err != nil {
		panic(err)
	}
	return r
}
