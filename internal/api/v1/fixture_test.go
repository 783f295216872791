package v1

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/latchkey-iam/latchkey/internal/api/call"
	"github.com/latchkey-iam/latchkey/internal/directory"
	"github.com/latchkey-iam/latchkey/internal/iam"
	"github.com/latchkey-iam/latchkey/internal/keyring"
	"github.com/latchkey-iam/latchkey/internal/store"
	"github.com/latchkey-iam/latchkey/internal/store/storetest"
)

// house is a small instance: the organization home, which is the default one
// and holds the internal project, and the organizations alpha and beta.
type house struct {
	*Management
	admin *Admin
	auth  *Auth

	t                 testing.TB
	db                *store.DB
	home, alpha, beta string // organizations
	internal          string // project
	instance          string
	root              string // a user of home, IAM_OWNER
}

func newHouse(t testing.TB) *house {
	t.Helper()
	h := &house{t: t, db: storetest.New(t), home: iam.NewID(), alpha: iam.NewID(), beta: iam.NewID(), internal: iam.NewID()}
	d := &directory.Directory{Store: h.db, Host: "id.example.com", Passwords: keyring.NewPasswordHasher(2), Keys: keyring.NewKeyMaker(1), Now: time.Now}
	h.Management = &Management{Directory: d, Now: time.Now}
	h.admin = &Admin{Directory: d, Now: time.Now}
	h.auth = &Auth{Directory: d, Now: time.Now}
	h.instance = iam.NewID()
	h.write(func(tx *store.Tx) error {
		for name, id := range map[string]string{"Home": h.home, "Alpha": h.alpha, "Beta": h.beta} {
			o := iam.Org{ID: id, Name: name, State: iam.Active, PrimaryDomain: iam.PrimaryDomain(name, d.Host)}
			if err := tx.AddOrg(&o); err != nil {
				return err
			}
		}
		p := iam.Project{ID: h.internal, OrgID: h.home, Name: "Latchkey", State: iam.Active, Internal: true}
		if err := tx.AddProject(&p); err != nil {
			return err
		}
		return tx.AddInstance(&iam.Instance{
			ID: h.instance, Name: "test", DefaultOrgID: h.home, InternalProjectID: h.internal,
			AccessTokenLifetime: time.Hour, SigningAlgorithm: "RS256", MasterKeyCheck: []byte{1}, TokenKey: []byte{2},
		})
	})
	h.root = h.manager(h.home, iam.LevelInstance, h.instance, iam.IAMOwner)
	return h
}

// write writes rows past the rules of package directory.
func (h *house) write(fn func(*store.Tx) error) {
	h.t.Helper()
	err := h.db.Write(h.t.Context(), iam.SystemEditor, func(tx *store.Tx) error {
		if err := fn(tx); err != nil {
			return err
		}
		return tx.Record(iam.Event{Type: iam.InstanceAdded, Aggregate: iam.AggregateInstance})
	})
	if err != nil {
		h.t.Fatalf("write the fixture: %v", err)
	}
}

// user adds a service user to an organization and returns its id.
func (h *house) user(orgID string) string {
	h.t.Helper()
	u := iam.User{
		ID: iam.NewID(), OrgID: orgID, Type: iam.Machine, State: iam.Active, AccessTokenType: iam.OpaqueToken,
	}
	u.UserName, u.Name = "user-"+u.ID, "User "+u.ID
	h.write(func(tx *store.Tx) error { return tx.AddUser(&u) })
	return u.ID
}

// manager adds a service user that is a manager of a resource and returns its id.
func (h *house) manager(orgID string, level iam.Level, resourceID string, roles ...iam.ManagerRole) string {
	h.t.Helper()
	id := h.user(orgID)
	h.write(func(tx *store.Tx) error {
		return tx.AddMembership(&iam.Membership{UserID: id, Level: level, ResourceID: resourceID, Roles: roles})
	})
	return id
}

// as is a request of a user in an organization's context, or in none if orgID is empty. The
// memberships are those that the store has now. An empty user id is nobody.
func (h *house) as(userID, orgID string) context.Context {
	h.t.Helper()
	if userID == "" {
		return h.t.Context()
	}
	u, err := h.db.Read().User(h.t.Context(), userID)
	if err != nil {
		h.t.Fatalf("read the caller: %v", err)
	}
	m, err := h.db.Read().MembershipsOf(h.t.Context(), userID)
	if err != nil {
		h.t.Fatalf("read the caller's memberships: %v", err)
	}
	return call.With(h.t.Context(), iam.NewCaller(u.ID, u.OrgID, m).In(orgID))
}

// success is what [kind] returns where there is no error.
const success = iam.Kind(-1)

func kind(err error) iam.Kind {
	if err == nil {
		return success
	}
	return iam.KindOf(err)
}

// wantKind checks the outcome of one call.
func wantKind(t testing.TB, what string, err error, want iam.Kind) {
	t.Helper()
	if got := kind(err); got != want {
		t.Errorf("%s: kind %s, want %s (error: %v)", what, kindName(got), kindName(want), err)
	}
}

func kindName(k iam.Kind) string {
	names := map[iam.Kind]string{
		success: "success", iam.Internal: "internal", iam.InvalidArgument: "invalid argument",
		iam.Unauthenticated: "unauthenticated", iam.PermissionDenied: "permission denied", iam.NotFound: "not found",
		iam.AlreadyExists: "already exists", iam.FailedPrecondition: "failed precondition", iam.Unchanged: "unchanged",
	}
	if n, ok := names[k]; ok {
		return n
	}
	return fmt.Sprint(int(k))
}

// must is the response of a call that a test's set-up needs.
func must[R any](r R, err error) R {
	if err != nil {
		panic(err)
	}
	return r
}
