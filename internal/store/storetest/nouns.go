package storetest

import (
	"context"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/latchkey-iam/latchkey/internal/iam"
	"github.com/latchkey-iam/latchkey/internal/store"
)

// noun is the life of one object. value points to it; find returns it as read.
type noun struct {
	name     string
	value    any
	add, set func(*store.Tx) error
	remove   func(*store.Tx) error
	change   func() // what set writes
	find     func(context.Context, store.Reader) (any, error)
	total    func(context.Context, store.Reader) (uint64, error)
	hasNoSet bool
}

func counted[T any](l store.List[T], err error) (uint64, error) { return l.Total, err }

func found[T any](v T, err error) (any, error) { return &v, err }

// nounsToTry are one of each noun, all of them fresh, next to the populated ones.
func nounsToTry() []noun {
	org := &iam.Org{ID: "O", Name: "Ö & 'Co\"", PrimaryDomain: "ö.example", State: iam.Active}
	project := &iam.Project{ID: "P", OrgID: "A", Name: "Größe", State: iam.Active, ProjectOptions: iam.ProjectOptions{RoleCheck: true, PrivateLabeling: iam.LabelingOrg}}
	role := &iam.Role{ProjectID: "pa", Key: "chat.admin.all", DisplayName: "All", Group: "chat", OrgID: "A"}
	machine := &iam.User{ID: "M", OrgID: "A", Type: iam.Machine, State: iam.Active, UserName: "Bot@A", Name: "Bot", Description: "does", AccessTokenType: iam.JWTToken}
	human := &iam.User{
		ID: "H", OrgID: "B", Type: iam.Human, State: iam.Active, UserName: "hanna", PasswordHash: "$hash", PasswordChange: true,
		Profile: iam.Profile{
			FirstName: "Hanna", LastName: "Öz", NickName: "h", DisplayName: "Hanna Öz", PreferredLanguage: "de",
			Gender: "female", Email: "H@x.example", EmailVerified: true, Phone: "+49", PhoneVerified: true,
		},
	}
	credential := &iam.Credential{
		ID: "C", UserID: "ua", OrgID: "A", Kind: iam.PersonalAccessToken, Name: "n", Verifier: []byte{0, 255, 1},
		Expires: time.Date(2031, 1, 2, 3, 4, 5, 0, time.UTC),
	}
	key := &iam.Credential{ID: "K", UserID: "ua", OrgID: "A", Kind: iam.MachineKey, Verifier: []byte{1}, PublicKey: []byte{0, 48, 255}}
	grant := &iam.ProjectGrant{
		ID: "G", ProjectID: "pb", OrgID: "B", GrantedOrgID: "A", RoleKeys: []string{"r3"}, State: iam.Active,
		ProjectName: "Project pb", ProjectState: iam.Active, OrgName: "Org B", GrantedOrgName: "Org A",
	}
	authorization := &iam.Authorization{
		ID: "Z", UserID: "ub", ProjectID: "pb", OrgID: "B", RoleKeys: []string{"r3"}, State: iam.Active,
		UserName: "ub", UserOrgID: "B", UserType: iam.Machine, UserLabel: "Machine B",
		ProjectName: "Project pb", ProjectOrgID: "B", ProjectOrgName: "Org B", OrgName: "Org B", OrgPrimaryDomain: "B.example",
	}
	membership := &iam.Membership{
		UserID: "ub", Level: iam.LevelOrg, ResourceID: "A", Roles: []iam.ManagerRole{iam.OrgOwnerViewer}, OrgID: "A",
		UserName: "ub", UserOrgID: "B", UserType: iam.Machine, UserLabel: "Machine B", ResourceName: "Org A",
	}
	userEntry := &iam.Metadata{Level: iam.MetadataOfUser, OwnerID: "ub", OrgID: "B", Key: "Größe", Value: []byte{0, 255, 'x'}}
	orgEntry := &iam.Metadata{Level: iam.MetadataOfOrg, OwnerID: "A", OrgID: "A", Key: "größe", Value: []byte("x")}
	domain := &iam.OrgDomain{OrgID: "A", Domain: "a.example.com", Challenge: "prove it"}
	entry := func(m *iam.Metadata) noun {
		return noun{
			name: "metadata of " + string(m.Level), value: m,
			add: func(tx *store.Tx) error { return tx.AddMetadata(m) }, set: func(tx *store.Tx) error { return tx.SetMetadata(m) },
			remove: func(tx *store.Tx) error { return tx.RemoveMetadata(m.Level, m.OwnerID, m.Key) },
			change: func() { m.Value = []byte{0} },
			find: func(ctx context.Context, r store.Reader) (any, error) {
				return found(r.Metadata(ctx, m.Level, m.OwnerID, m.Key))
			},
			total: func(ctx context.Context, r store.Reader) (uint64, error) {
				return counted(r.MetadataEntries(ctx, everything, iam.FieldKey.Is(m.Key), page))
			},
		}
	}
	user := func(u *iam.User) noun {
		return noun{
			name: "user " + string(u.Type), value: u,
			add: func(tx *store.Tx) error { return tx.AddUser(u) }, set: func(tx *store.Tx) error { return tx.SetUser(u) },
			remove: func(tx *store.Tx) error { return tx.RemoveUser(u.ID) },
			change: func() { u.State, u.Generation, u.UserName, u.Email = iam.Locked, 3, "new "+u.ID, "new@x.example" },
			find:   func(ctx context.Context, r store.Reader) (any, error) { return found(r.User(ctx, u.ID)) },
			total: func(ctx context.Context, r store.Reader) (uint64, error) {
				return counted(r.Users(ctx, everything, iam.FieldID.Is(u.ID), page))
			},
		}
	}
	return []noun{
		{
			name: "org", value: org,
			add: func(tx *store.Tx) error { return tx.AddOrg(org) }, set: func(tx *store.Tx) error { return tx.SetOrg(org) },
			remove: func(tx *store.Tx) error { return tx.RemoveOrg("O") },
			change: func() { org.Name, org.PrimaryDomain, org.State = "Other", "other.example", iam.Inactive },
			find:   func(ctx context.Context, r store.Reader) (any, error) { return found(r.Org(ctx, "O")) },
			total: func(ctx context.Context, r store.Reader) (uint64, error) {
				return counted(r.Orgs(ctx, everything, iam.FieldID.Is("O"), page))
			},
		},
		{
			name: "project", value: project,
			add: func(tx *store.Tx) error { return tx.AddProject(project) }, set: func(tx *store.Tx) error { return tx.SetProject(project) },
			remove: func(tx *store.Tx) error { return tx.RemoveProject("P") },
			change: func() {
				project.Name, project.State = "Other", iam.Inactive
				project.ProjectOptions = iam.ProjectOptions{RoleAssertion: true, ProjectCheck: true, PrivateLabeling: iam.LabelingProject}
			},
			find: func(ctx context.Context, r store.Reader) (any, error) { return found(r.Project(ctx, "P")) },
			total: func(ctx context.Context, r store.Reader) (uint64, error) {
				return counted(r.Projects(ctx, everything, iam.FieldID.Is("P"), page))
			},
		},
		{
			name: "role", value: role,
			add: func(tx *store.Tx) error { return tx.AddRole(role) }, set: func(tx *store.Tx) error { return tx.SetRole(role) },
			remove: func(tx *store.Tx) error { return tx.RemoveRole("pa", role.Key) },
			change: func() { role.DisplayName, role.Group = "Every", "" },
			find:   func(ctx context.Context, r store.Reader) (any, error) { return found(r.Role(ctx, "pa", role.Key)) },
			total: func(ctx context.Context, r store.Reader) (uint64, error) {
				return counted(r.Roles(ctx, everything, iam.FieldKey.Is(role.Key), page))
			},
		},
		user(machine), user(human), trustedDomainNoun(), entry(userEntry), entry(orgEntry),
		{
			name: "domain", value: domain,
			add: func(tx *store.Tx) error { return tx.AddOrgDomain(domain) }, set: func(tx *store.Tx) error { return tx.SetOrgDomain(domain) },
			remove: func(tx *store.Tx) error { return tx.RemoveOrgDomain("A", "a.example.com") },
			change: func() { domain.Verified, domain.Challenge = true, "" },
			find: func(ctx context.Context, r store.Reader) (any, error) {
				return found(r.OrgDomain(ctx, "A", "a.example.com"))
			},
			total: func(ctx context.Context, r store.Reader) (uint64, error) {
				return counted(r.OrgDomains(ctx, everything, iam.FieldDomain.Is("a.example.com"), page))
			},
		},
		{
			name: "credential", value: credential, hasNoSet: true,
			add:    func(tx *store.Tx) error { return tx.AddCredential(credential) },
			remove: func(tx *store.Tx) error { return tx.RemoveCredential("ua", "C") },
			find:   func(ctx context.Context, r store.Reader) (any, error) { return found(r.Credential(ctx, "ua", "C")) },
			total: func(ctx context.Context, r store.Reader) (uint64, error) {
				return counted(r.Credentials(ctx, iam.PersonalAccessToken, everything, iam.FieldID.Is("C"), page))
			},
		},
		{
			name: "key", value: key, hasNoSet: true,
			add:    func(tx *store.Tx) error { return tx.AddCredential(key) },
			remove: func(tx *store.Tx) error { return tx.RemoveCredential("ua", "K") },
			find:   func(ctx context.Context, r store.Reader) (any, error) { return found(r.Credential(ctx, "ua", "K")) },
			total: func(ctx context.Context, r store.Reader) (uint64, error) {
				return r.CountCredentials(ctx, "ua", iam.MachineKey)
			},
		},
		{
			name: "project grant", value: grant,
			add: func(tx *store.Tx) error { return tx.AddProjectGrant(grant) }, set: func(tx *store.Tx) error { return tx.SetProjectGrant(grant) },
			remove: func(tx *store.Tx) error { return tx.RemoveProjectGrant("G") },
			change: func() { grant.State, grant.RoleKeys = iam.Inactive, []string{} },
			find:   func(ctx context.Context, r store.Reader) (any, error) { return found(r.ProjectGrant(ctx, "G")) },
			total: func(ctx context.Context, r store.Reader) (uint64, error) {
				return counted(r.ProjectGrants(ctx, everything, iam.FieldID.Is("G"), page))
			},
		},
		{
			name: "authorization", value: authorization,
			add:    func(tx *store.Tx) error { return tx.AddAuthorization(authorization) },
			set:    func(tx *store.Tx) error { return tx.SetAuthorization(authorization) },
			remove: func(tx *store.Tx) error { return tx.RemoveAuthorization("Z") },
			change: func() { authorization.State, authorization.RoleKeys = iam.Inactive, []string{} },
			find:   func(ctx context.Context, r store.Reader) (any, error) { return found(r.Authorization(ctx, "Z")) },
			total: func(ctx context.Context, r store.Reader) (uint64, error) {
				return counted(r.Authorizations(ctx, everything, iam.FieldID.Is("Z"), page))
			},
		},
		{
			name: "membership", value: membership,
			add:    func(tx *store.Tx) error { return tx.AddMembership(membership) },
			set:    func(tx *store.Tx) error { return tx.SetMembership(membership) },
			remove: func(tx *store.Tx) error { return tx.RemoveMembership("ub", iam.LevelOrg, "A") },
			change: func() { membership.Roles = []iam.ManagerRole{iam.OrgOwner, iam.OrgUserManager} },
			find: func(ctx context.Context, r store.Reader) (any, error) {
				return found(r.Membership(ctx, "ub", iam.LevelOrg, "A"))
			},
			total: func(ctx context.Context, r store.Reader) (uint64, error) {
				f := iam.Filter{All: []iam.Filter{iam.FieldUserID.Is("ub"), iam.FieldLevel.Is("org")}}
				return counted(r.Memberships(ctx, everything, f, page))
			},
		},
	}
}

// nouns walks every noun through its life: missing, added, found, listed, added
// again, set, removed, missing.
func nouns(t *testing.T, db *store.DB) {
	populate(t, db)
	for _, n := range nounsToTry() {
		t.Run(n.name, func(t *testing.T) { n.live(t, db) })
	}
}

// live is the life of one object.
func (n noun) live(t *testing.T, db *store.DB) {
	ctx := t.Context()
	missing := func(when string) {
		t.Helper()
		_, err := n.find(ctx, db.Read())
		wantKind(t, "find "+when, err, iam.NotFound)
		wantKind(t, "remove "+when, try(t, db, n.remove), iam.NotFound)
		if !n.hasNoSet {
			wantKind(t, "set "+when, try(t, db, n.set), iam.NotFound)
		}
		if total, err := n.total(ctx, db.Read()); err != nil || total != 0 {
			t.Errorf("list %s: %d, %v", when, total, err)
		}
	}
	there := func(when string) {
		t.Helper()
		got, err := n.find(ctx, db.Read())
		if err != nil {
			t.Fatalf("find %s: %v", when, err)
		}
		if !reflect.DeepEqual(got, n.value) {
			t.Errorf("%s:\n got %+v\nwant %+v", when, got, n.value)
		}
		if total, err := n.total(ctx, db.Read()); err != nil || total != 1 {
			t.Errorf("list %s: %d, %v", when, total, err)
		}
	}
	missing("before")
	write(t, db, n.add)
	there("after add")
	wantKind(t, "add again", try(t, db, n.add), iam.AlreadyExists)
	if !n.hasNoSet {
		// The failed addition has stamped the object; what is kept is read anew.
		n.change()
		write(t, db, n.set)
		there("after set")
	}
	write(t, db, n.remove)
	missing("after remove")
}

// instance tries what there is one of, and the signing keys.
func instance(t *testing.T, db *store.DB) {
	ctx := t.Context()
	_, err := db.Read().Instance(ctx)
	wantKind(t, "no instance", err, iam.NotFound)
	wantKind(t, "default org of no instance", try(t, db, func(tx *store.Tx) error { return tx.SetDefaultOrg("A") }), iam.NotFound)
	want := iam.Instance{
		ID: "i", Name: "I", DefaultOrgID: "A", InternalProjectID: "internal", AccessTokenLifetime: 12 * time.Hour,
		IDTokenLifetime: time.Hour, RefreshTokenIdle: 3 * time.Second, RefreshTokenLifetime: 90 * 24 * time.Hour,
		SigningAlgorithm: "RS256", MasterKeyCheck: []byte{1, 0}, TokenKey: []byte{2},
	}
	write(t, db, func(tx *store.Tx) error { return tx.AddInstance(&want) })
	if got, err := db.Read().Instance(ctx); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("instance %+v, %v; want %+v", got, err, want)
	}
	other := want
	other.ID = "j"
	wantKind(t, "a second instance", try(t, db, func(tx *store.Tx) error { return tx.AddInstance(&other) }), iam.AlreadyExists)
	write(t, db, func(tx *store.Tx) error { return tx.SetDefaultOrg("B") })
	if got, err := db.Read().Instance(ctx); err != nil || got.DefaultOrgID != "B" || got.ID != "i" {
		t.Errorf("after another default organization: %+v, %v", got, err)
	}
	want.Name, want.DefaultOrgID = "Other", "B"
	want.SetLifetimes(iam.Lifetimes{AccessToken: time.Minute, IDToken: 2 * time.Minute, RefreshTokenIdle: 3 * time.Minute, RefreshToken: 4 * time.Minute})
	write(t, db, func(tx *store.Tx) error { return tx.SetInstance(&want) })
	if got, err := db.Read().Instance(ctx); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("after a change: instance %+v, %v; want %+v", got, err, want)
	}

	key := func(id string, state iam.SigningKeyState) *iam.SigningKey {
		return &iam.SigningKey{ID: id, Algorithm: "RS256", State: state, Private: []byte(id), Public: []byte{9}}
	}
	for _, k := range []*iam.SigningKey{key("k1", iam.KeyActive), key("k2", iam.KeyInactive), key("k3", iam.KeyInactive)} {
		write(t, db, func(tx *store.Tx) error { return tx.AddSigningKey(k) })
	}
	wantKind(t, "a second active key", try(t, db, func(tx *store.Tx) error { return tx.AddSigningKey(key("k4", iam.KeyActive)) }), iam.AlreadyExists)
	signingKeys(t, db)
}

// signingKeys walks the keys k1, active, k2 and k3 through their lives.
func signingKeys(t *testing.T, db *store.DB) {
	ctx := t.Context()
	keys, err := db.Read().SigningKeys(ctx)
	var ids []string
	for _, k := range keys {
		ids = append(ids, k.ID+string(k.Private))
	}
	if err != nil || !slices.Equal(ids, []string{"k1k1", "k2k2", "k3k3"}) {
		t.Errorf("signing keys %v, %v", ids, err)
	}
	set := func(id string, state iam.SigningKeyState) func(*store.Tx) error {
		return func(tx *store.Tx) error {
			k, err := tx.SigningKey(ctx, id)
			if err != nil {
				return err
			}
			k.State = state
			return tx.SetSigningKeyState(&k)
		}
	}
	wantKind(t, "activate a second key", try(t, db, set("k2", iam.KeyActive)), iam.AlreadyExists)
	write(t, db, all(set("k1", iam.KeyInactive), set("k2", iam.KeyActive)))
	k1, err := db.Read().SigningKey(ctx, "k1")
	k2, err2 := db.Read().SigningKey(ctx, "k2")
	if err != nil || err2 != nil || k1.State != iam.KeyInactive || k2.State != iam.KeyActive || k2.Sequence == keys[1].Sequence || k2.Created != keys[1].Created {
		t.Errorf("after the other was activated: %+v, %+v, %v, %v", k1, k2, err, err2)
	}
	remove := func(tx *store.Tx) error { return tx.RemoveSigningKey("k1") }
	write(t, db, remove)
	wantKind(t, "remove again", try(t, db, remove), iam.NotFound)
	wantKind(t, "set one that is gone", try(t, db, func(tx *store.Tx) error { return tx.SetSigningKeyState(&k1) }), iam.NotFound)
	_, err = db.Read().SigningKey(ctx, "k1")
	wantKind(t, "find one that is gone", err, iam.NotFound)
}
