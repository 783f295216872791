//go:build !race

// What calls every method thousands of times looks at answers, not at races, and
// the detector makes it twenty times as long: `make test` runs it without.

package api_test

import (
	"context"
	"crypto/ed25519"
	"crypto/x509"
	"encoding/pem"
	"net"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/grpc/test/bufconn"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	"github.com/latchkey-iam/latchkey/internal/api"
	"github.com/latchkey-iam/latchkey/internal/directory"
	"github.com/latchkey-iam/latchkey/internal/iam"
	"github.com/latchkey-iam/latchkey/internal/keyring"
	"github.com/latchkey-iam/latchkey/internal/store"
	"github.com/latchkey-iam/latchkey/internal/store/storetest"
	"github.com/latchkey-iam/latchkey/internal/tokens"
)

// tenant is an organization with one of everything, and its owner's token.
type tenant struct {
	mark  string // part of all its names, which strangers may know
	veil  string // in texts that strangers can only learn here
	org   iam.Org
	ids   []string // of everything that it owns
	user  iam.User
	human iam.User
	proj  iam.Project
	grant iam.ProjectGrant // of proj to a third organization
	auth  iam.Authorization
	pat   iam.Credential
	app   iam.Application
	key   iam.ApplicationKey // of app
	mkey  iam.Credential     // of user
	token string
}

func (n *tenant) role() string { return n.mark + ".role" }

// must fails the test on an error.
func must[T any](t testing.TB) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func newTenant(t testing.TB, d *directory.Directory, root iam.Caller, mark, thirdOrg string) *tenant {
	t.Helper()
	ctx := t.Context()
	n := &tenant{mark: mark, veil: mark + "-veil"}
	var err error
	n.org, _, err = d.CreateOrg(ctx, root, directory.NewOrg{Name: mark + " org"})
	if err != nil {
		t.Fatal(err)
	}
	n.user = must[iam.User](t)(d.CreateMachine(ctx, root, directory.NewMachine{
		OrgID: n.org.ID, UserName: mark + "-machine", Name: mark, Description: n.veil, AccessTokenType: iam.JWTToken,
	}))
	n.human = must[iam.User](t)(d.CreateHuman(ctx, root, n.org.ID, directory.NewHuman{
		UserName: mark + "-human", Profile: iam.Profile{FirstName: mark, LastName: mark, NickName: n.veil},
	}))
	n.proj = must[iam.Project](t)(d.CreateProject(ctx, root, directory.NewProject{OrgID: n.org.ID, Name: mark + " project"}))
	must[[]iam.Role](t)(d.AddRoles(ctx, root, n.proj.ID, []iam.Role{{Key: n.role(), DisplayName: mark, Group: n.veil}}))
	n.grant = must[iam.ProjectGrant](t)(d.CreateProjectGrant(ctx, root, n.proj.ID, thirdOrg, []string{n.role()}))
	n.auth = must[iam.Authorization](t)(d.CreateAuthorization(ctx, root, directory.NewAuthorization{
		UserID: n.user.ID, ProjectID: n.proj.ID, OrgID: n.org.ID, RoleKeys: []string{n.role()},
	}))
	must[iam.Membership](t)(d.AddMember(ctx, root, directory.Resource{Level: iam.LevelProject, ID: n.proj.ID}, n.user.ID, []string{"PROJECT_OWNER"}))
	if n.pat, _, err = d.AddPAT(ctx, root, n.user.ID, directory.NewPAT{}); err != nil {
		t.Fatal(err)
	}
	for level, id := range map[iam.MetadataLevel]string{iam.MetadataOfUser: n.user.ID, iam.MetadataOfOrg: n.org.ID} {
		must[iam.Metadata](t)(d.SetMetadata(ctx, root, level, id, []iam.MetadataEntry{
			{Key: n.role(), Value: []byte(mark)}, {Key: n.veil, Value: []byte(mark)},
		}))
	}
	if n.app, _, err = d.CreateApplication(ctx, root, directory.NewApplication{
		ProjectID: n.proj.ID, Name: mark, Type: iam.OIDC, AuthMethod: iam.AuthPrivateKeyJWT,
		OIDC: iam.OIDCConfig{RedirectURIs: []string{"https://" + n.veil + ".example/callback"}},
	}); err != nil {
		t.Fatal(err)
	}
	if n.mkey, _, err = d.AddMachineKey(ctx, root, n.user.ID, directory.NewMachineKey{PublicKey: publicKey(t)}); err != nil {
		t.Fatal(err)
	}
	if n.key, _, err = d.AddApplicationKey(ctx, root, directory.ApplicationRef{ID: n.app.ID}, time.Time{}); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{mark, n.veil} {
		must[iam.OrgDomain](t)(d.AddOrgDomain(ctx, root, n.org.ID, name+".example.com"))
	}
	owner := must[iam.User](t)(d.CreateMachine(ctx, root, directory.NewMachine{OrgID: n.org.ID, UserName: mark + "-owner", Name: mark}))
	must[iam.Membership](t)(d.AddMember(ctx, root, directory.Resource{Level: iam.LevelOrg, ID: n.org.ID}, owner.ID, []string{"ORG_OWNER"}))
	_, secret, err := d.AddPAT(ctx, root, owner.ID, directory.NewPAT{})
	if err != nil {
		t.Fatal(err)
	}
	n.token = secret.Reveal()
	n.ids = []string{
		n.org.ID, n.user.ID, n.human.ID, n.proj.ID, n.grant.ID, n.auth.ID, n.pat.ID, n.app.ID, n.app.ClientID, n.key.ID, n.mkey.ID,
	}
	return n
}

// world is an instance with two tenants, served over gRPC.
type world struct {
	db     *store.DB
	conn   *grpc.ClientConn
	server *grpc.Server
	us     *tenant
	them   *tenant

	root  string // token of who owns the instance
	plain string // token of a user of us that manages nothing
}

func newWorld(t testing.TB) *world {
	t.Helper()
	ctx := t.Context()
	db := storetest.New(t)
	master := must[keyring.MasterKey](t)(keyring.NewMasterKey())
	d := &directory.Directory{Store: db, Host: "localhost", Passwords: keyring.NewPasswordHasher(1), Keys: keyring.NewKeyMaker(1), Master: master, Now: time.Now}
	must[bool](t)(d.SetUp(ctx, directory.FirstInstance{
		OrgName: "Root", AdminUserName: "admin", MachineUserName: "machine", SigningAlgorithm: keyring.ES256,
	}))
	instance := must[iam.Instance](t)(db.Read().Instance(ctx))
	admin := must[iam.User](t)(db.Read().UserByName(ctx, "admin"))
	root := iam.NewCaller(admin.ID, admin.OrgID, must[[]iam.Membership](t)(db.Read().MembershipsOf(ctx, admin.ID)))
	issuer := &tokens.Issuer{
		URL: "http://localhost", InternalProjectID: instance.InternalProjectID,
		Cache: tokens.NewCache(db, time.Minute), Keys: must[*tokens.Keys](t)(tokens.LoadKeys(ctx, db, master)),
		Lifetimes: must[*tokens.Lifetimes](t)(tokens.LoadLifetimes(ctx, db)), Now: time.Now,
	}
	server := (&api.Server{Directory: d, Tokens: issuer, Now: time.Now}).GRPC()
	listener := bufconn.Listen(1 << 20)
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(server.Stop)
	conn := must[*grpc.ClientConn](t)(grpc.NewClient("passthrough:///memory",
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return listener.DialContext(ctx) }),
		grpc.WithTransportCredentials(insecure.NewCredentials())))
	t.Cleanup(func() { _ = conn.Close() })
	w := &world{db: db, conn: conn, server: server}
	w.us = newTenant(t, d, root, "argon", instance.DefaultOrgID)
	w.them = newTenant(t, d, root, "xenon", instance.DefaultOrgID)
	pat := func(userID string) string {
		_, secret, err := d.AddPAT(ctx, root, userID, directory.NewPAT{})
		if err != nil {
			t.Fatal(err)
		}
		return secret.Reveal()
	}
	w.root = pat(must[iam.User](t)(db.Read().UserByName(ctx, "machine")).ID)
	w.plain = pat(must[iam.User](t)(d.CreateMachine(ctx, root, directory.NewMachine{OrgID: w.us.org.ID, UserName: "plain", Name: "plain"})).ID)
	return w
}

// filler fills requests with what belongs to one tenant.
type filler struct {
	n       *tenant
	variant int
}

// text chooses what a field gets, by its name.
func (f filler) text(name string) string {
	any := f.n.ids[f.variant/2%len(f.n.ids)] // odd variants are in the other context
	switch {
	case name == "id" || name == "ids" || name == "grant_id" || name == "resource_owner" || strings.HasSuffix(name, "in_user_ids_query"):
		return any
	case name == "app_id", name == "application_id":
		return f.n.app.ID
	case name == "client_id":
		return f.n.app.ClientID
	case name == "key_id":
		return []string{f.n.key.ID, f.n.mkey.ID}[f.variant/2%2]
	case name == "token_id":
		return f.n.pat.ID
	case strings.Contains(name, "password"):
		return "correct horse battery"
	case name == "phone":
		return "+49123456789"
	case strings.Contains(name, "project_grant"):
		return f.n.grant.ID
	case strings.Contains(name, "project_id"):
		return f.n.proj.ID
	case strings.Contains(name, "user_id"):
		return []string{f.n.user.ID, f.n.human.ID}[f.variant%2]
	case strings.Contains(name, "org_id"), strings.Contains(name, "organization_id"), strings.Contains(name, "owner_id"):
		return f.n.org.ID
	case strings.HasPrefix(name, "role_key"), name == "key", name == "keys":
		return f.n.role()
	case name == "roles":
		return []string{"ORG_OWNER", "PROJECT_OWNER", "PROJECT_GRANT_OWNER", "IAM_OWNER"}[f.variant%4]
	case strings.Contains(name, "domain"):
		return []string{f.n.org.PrimaryDomain, f.n.mark + ".example.com", f.n.mark + ".example.org"}[f.variant%3]
	case strings.Contains(name, "user_name"), strings.Contains(name, "username"), strings.Contains(name, "login_name"):
		return f.n.user.UserName
	case strings.Contains(name, "name"):
		return []string{f.n.org.Name, f.n.mark, f.n.proj.Name}[f.variant%3]
	case strings.HasSuffix(name, "_id"), strings.HasSuffix(name, "_ids"):
		return any
	}
	return f.n.mark
}

// fill sets every field that it can, one alternative of each oneof.
func (f filler) fill(m protoreflect.Message, depth int) {
	if depth > 5 || strings.HasPrefix(string(m.Descriptor().FullName()), "google.protobuf.") {
		return
	}
	fields := m.Descriptor().Fields()
	for i := range fields.Len() {
		field := fields.Get(i)
		if one := field.ContainingOneof(); one != nil && !one.IsSynthetic() {
			if one.Fields().Get(f.variant%one.Fields().Len()) != field {
				continue
			}
		}
		if field.Kind() == protoreflect.MessageKind && strings.HasPrefix(string(field.Message().FullName()), "google.protobuf.") {
			continue
		}
		switch {
		case field.IsMap():
		case field.IsList():
			list := m.Mutable(field).List()
			if field.Kind() == protoreflect.MessageKind {
				f.fill(list.AppendMutable().Message(), depth+1)
			} else {
				list.Append(f.scalar(field))
			}
		case field.Kind() == protoreflect.MessageKind:
			f.fill(m.Mutable(field).Message(), depth+1)
		default:
			m.Set(field, f.scalar(field))
		}
	}
}

func (f filler) scalar(field protoreflect.FieldDescriptor) protoreflect.Value {
	switch field.Kind() {
	case protoreflect.StringKind:
		return protoreflect.ValueOfString(f.text(string(field.Name())))
	case protoreflect.BytesKind:
		return protoreflect.ValueOfBytes([]byte(f.n.mark + strconv.Itoa(f.variant)))
	case protoreflect.BoolKind:
		return protoreflect.ValueOfBool(f.variant%2 == 0)
	case protoreflect.EnumKind:
		values := field.Enum().Values()
		return protoreflect.ValueOfEnum(values.Get(f.variant % values.Len()).Number())
	default:
		return field.Default()
	}
}

// bare empties the optional conditions of a request, so that lists list all.
func bare(m protoreflect.Message) {
	for _, name := range []protoreflect.Name{"queries", "filters", "query", "pagination"} {
		if field := m.Descriptor().Fields().ByName(name); field != nil {
			m.Clear(field)
		}
	}
}

// methods lists every method of the API that is not public and has no stream.
func (w *world) methods(t testing.TB) []string {
	t.Helper()
	var out []string
	for service, info := range w.server.GetServiceInfo() {
		for _, m := range info.Methods {
			name := "/" + service + "/" + m.Name
			if !m.IsServerStream && !m.IsClientStream && !slices.Contains(api.Public(), name) {
				out = append(out, name)
			}
		}
	}
	slices.SortFunc(out, func(a, b string) int {
		if n := violence(a) - violence(b); n != 0 {
			return n
		}
		return strings.Compare(a, b)
	})
	return out
}

// violence orders methods so that the owner does not saw off the branch that
// it sits on before it has tried the others.
func violence(method string) int {
	name := method[strings.LastIndex(method, "/")+1:]
	switch {
	case strings.HasSuffix(name, "Org") && (strings.HasPrefix(name, "Deactivate") || strings.HasPrefix(name, "Remove")),
		name == "DeactivateOrganization", name == "DeleteOrganization":
		return ownOrg
	case name == "RemoveMyUser":
		return ownUser
	case strings.HasPrefix(name, "Remove"), strings.HasPrefix(name, "Delete"), strings.HasPrefix(name, "BulkRemove"):
		return 3
	case strings.HasPrefix(name, "Deactivate"), strings.HasPrefix(name, "Lock"):
		return 1
	case strings.HasPrefix(name, "Reactivate"), strings.HasPrefix(name, "Activate"), strings.HasPrefix(name, "Unlock"):
		return 2
	}
	return 0
}

// ownOrg are the methods that end the caller's own organization, ownUser those
// that end the caller itself, after which there is nothing more to try.
const (
	ownOrg  = 9
	ownUser = 10
)

// publicKey is a public key in PEM.
func publicKey(t testing.TB) []byte {
	t.Helper()
	public, _, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: must[[]byte](t)(x509.MarshalPKIXPublicKey(public))})
}

// messages makes an empty request and response of a method.
func messages(t testing.TB, method string) (in, out proto.Message) {
	t.Helper()
	service, name, _ := strings.Cut(strings.TrimPrefix(method, "/"), "/")
	d, err := protoregistry.GlobalFiles.FindDescriptorByName(protoreflect.FullName(service + "." + name))
	if err != nil {
		t.Fatal(err)
	}
	m := d.(protoreflect.MethodDescriptor)
	make := func(d protoreflect.MessageDescriptor) proto.Message {
		kind, err := protoregistry.GlobalTypes.FindMessageByName(d.FullName())
		if err != nil {
			t.Fatal(err)
		}
		return kind.New().Interface()
	}
	return make(m.Input()), make(m.Output())
}

// TestTenantIsolation calls every method there is as the owner of one
// organization, naming everything that another one owns in every place, in its
// own context and in the other's. Nothing of the other may come back, and
// nothing of it may change. Then the other's own owner asks the same, which
// must work: otherwise the first half would prove nothing.
func TestTenantIsolation(t *testing.T) {
	w := newWorld(t)
	before := must[store.List[iam.Event]](t)(w.db.Read().Events(t.Context(), iam.Reach{All: true},
		iam.FieldOrgID.Is(w.them.org.ID), iam.Page{Limit: 1}))
	offered := w.attack(t, w.us.token, true)
	after := must[store.List[iam.Event]](t)(w.db.Read().Events(t.Context(), iam.Reach{All: true},
		iam.FieldOrgID.Is(w.them.org.ID), iam.Page{Limit: 20}))
	if after.Total != before.Total {
		for _, e := range after.Items[:min(len(after.Items), int(after.Total-before.Total))] {
			t.Errorf("changed: %s %s %s", e.Type, e.AggregateID, e.Payload)
		}
	}
	if offered < 100 {
		t.Errorf("only %d methods are offered", offered)
	}

	worked := w.attack(t, w.them.token, false)
	t.Logf("%d methods are offered; %d work for the owner of what was attacked", offered, worked)
	if worked < 60 {
		t.Errorf("only %d methods worked for the owner itself: the requests reach nothing", worked)
	}
}

// variants cover every id in both contexts, and every alternative of a oneof.
const variants = 20

// attack sends all variants of all requests with one token. Strangers must get
// nothing; it counts the methods that are offered. For the owner it counts
// those that worked.
func (w *world) attack(t *testing.T, token string, stranger bool) int {
	count := 0
	for _, method := range w.methods(t) {
		hit := false
		for variant := range variants {
			if strings.HasPrefix(method, "/zitadel.admin.") && variant >= 2 {
				break // refused before the request is looked at, whatever it says
			}
			if stranger && violence(method) >= ownOrg && variant%2 == 0 {
				continue // in its own context it may
			}
			in, out := messages(t, method)
			filler{w.them, variant}.fill(in.ProtoReflect(), 0)
			if variant%3 == 0 {
				bare(in.ProtoReflect())
			}
			md := metadata.Pairs("authorization", "Bearer "+token)
			if variant%2 == 1 {
				md.Set("x-zitadel-orgid", w.them.org.ID)
			}
			err := w.conn.Invoke(metadata.NewOutgoingContext(t.Context(), md), method, in, out)
			code := status.Code(err)
			if code == codes.Unimplemented {
				break
			}
			if code == codes.Unauthenticated && violence(method) < ownOrg {
				t.Fatalf("%s: the caller is gone: %v", method, err)
			}
			if code == codes.Internal || code == codes.Unknown {
				t.Errorf("%s: %v\n%s", method, err, protojson.Format(in))
			}
			hit = hit || stranger || err == nil
			if stranger && err == nil {
				w.inspect(t, method, in, out)
			}
			if !stranger && err == nil {
				break // worked; do not destroy more than need be
			}
		}
		if hit {
			count++
		}
	}
	return count
}

// inspect finds anything of the other tenant in an answer.
func (w *world) inspect(t *testing.T, method string, in, out proto.Message) {
	t.Helper()
	text := protojson.Format(out)
	for _, secret := range append(slices.Clone(w.them.ids), w.them.veil) {
		if strings.Contains(text, secret) {
			t.Errorf("%s shows %q\nasked: %s\nanswered: %s", method, secret, protojson.Format(in), text)
			return
		}
	}
}
