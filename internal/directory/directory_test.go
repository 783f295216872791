package directory_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/latchkey-iam/latchkey/internal/directory"
	"github.com/latchkey-iam/latchkey/internal/iam"
	"github.com/latchkey-iam/latchkey/internal/keyring"
	"github.com/latchkey-iam/latchkey/internal/store"
	"github.com/latchkey-iam/latchkey/internal/store/storetest"
)

func TestMain(m *testing.M) { storetest.Main(m) }

// world is an instance with the organizations a and b. Each has a service user
// that owns it, one that may look, and one that manages nothing.
type world struct {
	*directory.Directory
	t    *testing.T
	db   *store.DB
	root iam.Caller // IAM_OWNER, a service user of the default organization
	home iam.Org    // the default organization
	// Callers by user id: owner-a, viewer-a, plain-a, owner-b, viewer-b, plain-b.
	callers map[string]iam.Caller
}

func newWorld(t *testing.T, db *store.DB) *world {
	t.Helper()
	w := &world{
		Directory: &directory.Directory{Store: db, Host: "id.example.test", Passwords: keyring.NewPasswordHasher(1), Keys: keyring.NewKeyMaker(1), Now: time.Now},
		t:         t, db: db, callers: map[string]iam.Caller{},
	}
	var err error
	w.Master, err = keyring.NewMasterKey()
	w.ok(err)
	made, err := w.SetUp(t.Context(), directory.FirstInstance{
		OrgName: "Home", AdminUserName: "admin", MachineUserName: "root", SigningAlgorithm: keyring.EdDSA,
	})
	if w.ok(err); !made {
		t.Fatal("no instance was made")
	}
	root, err := db.Read().UserByName(t.Context(), "root")
	w.ok(err)
	w.root = w.caller(root.ID)
	w.home, err = w.DefaultOrg(t.Context(), w.root)
	w.ok(err)
	for _, org := range []string{"a", "b"} {
		_, _, err := w.CreateOrg(t.Context(), w.root, directory.NewOrg{ID: org, Name: "Org " + org})
		w.ok(err)
		for _, kind := range []string{"owner", "viewer", "plain"} {
			id := kind + "-" + org
			w.machine(id, org)
			if role := map[string]string{"owner": "ORG_OWNER", "viewer": "ORG_OWNER_VIEWER"}[kind]; role != "" {
				_, err := w.AddMember(t.Context(), w.root, directory.Resource{Level: iam.LevelOrg, ID: org}, id, []string{role})
				w.ok(err)
			}
			w.callers[id] = w.caller(id)
		}
	}
	return w
}

func (w *world) ok(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// want checks the kind of an error.
func (w *world) want(kind iam.Kind, what string, err error) {
	w.t.Helper()
	if !iam.Is(err, kind) {
		w.t.Errorf("%s: error %v, want kind %d", what, err, kind)
	}
}

// caller is a user with the memberships that it holds now.
func (w *world) caller(userID string) iam.Caller {
	w.t.Helper()
	u, err := w.db.Read().User(w.t.Context(), userID)
	w.ok(err)
	m, err := w.db.Read().MembershipsOf(w.t.Context(), userID)
	w.ok(err)
	return iam.NewCaller(u.ID, u.OrgID, m)
}

func (w *world) machine(id, org string) {
	w.t.Helper()
	_, err := w.CreateMachine(w.t.Context(), w.root, directory.NewMachine{ID: id, OrgID: org, Name: id})
	w.ok(err)
}

func (w *world) human(id, org string) {
	w.t.Helper()
	_, err := w.CreateHuman(w.t.Context(), w.root, org, directory.NewHuman{ID: id, UserName: id, Profile: iam.Profile{FirstName: "F", LastName: "L"}})
	w.ok(err)
}

// project makes a project with the roles r1 and r2.
func (w *world) project(id, org string) {
	w.t.Helper()
	_, err := w.CreateProject(w.t.Context(), w.root, directory.NewProject{ID: id, OrgID: org, Name: id})
	w.ok(err)
	_, err = w.AddRoles(w.t.Context(), w.root, id, []iam.Role{{Key: "r1"}, {Key: "r2"}})
	w.ok(err)
}

var page = iam.Page{Limit: 1000, Asc: true}

// events are all that were recorded, oldest first.
func (w *world) events() []iam.Event {
	w.t.Helper()
	l, err := w.db.Read().Events(w.t.Context(), iam.Reach{All: true}, iam.Filter{}, page)
	w.ok(err)
	return l.Items
}

// drawn are ids that the server drew, and times of this century.
var drawn = regexp.MustCompile(`[0-9]{18}|20[0-9-]{8}T[0-9:]{8}Z`)

// describe is an event in one line: editor, type, aggregate, what it touches, payload.
func describe(e iam.Event) string {
	s := fmt.Sprintf("%s %s %s/%s", e.EditorID, e.Type, e.Aggregate, e.AggregateID)
	for _, id := range [][2]string{{"org", e.OrgID}, {"project", e.ProjectID}, {"grant", e.GrantID}, {"user", e.UserID}} {
		if id[1] != "" {
			s += " " + id[0] + "=" + id[1]
		}
	}
	return drawn.ReplaceAllString(s+" "+string(e.Payload), "#")
}

// step is one operation in the life of an organization.
type step struct {
	name string
	by   string // who may: a user id, or "root"
	run  func(c iam.Caller) error
	// events without the editor; each line one
	events string
}

// TestOperations walks operations on every noun: refused to nobody, to another
// organization's owner and to who may only look, and recorded as told when the
// right caller does it. Refusals record nothing.
func TestOperations(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		w.project("lent", "b")
		var secrets []string
		names := map[string]int{}
		for _, s := range slices.Concat(w.projectSteps(), w.applicationSteps(&secrets), w.userSteps(&secrets), w.authorizationSteps(), w.memberSteps(), w.instanceSteps(), w.lastSteps()) {
			names[s.name]++
			before := len(w.events())
			wrong := []string{"plain-a", "viewer-a", "owner-b", "viewer-b", "plain-b"}
			right := w.root
			if s.by != "root" {
				right = w.callers[s.by]
				if s.by == "owner-b" {
					wrong = []string{"plain-a", "viewer-a", "viewer-b", "plain-b", "owner-a"}
				}
			} else {
				wrong = append(wrong, "owner-a")
			}
			w.want(iam.Unauthenticated, s.name+" by nobody", s.run(iam.Caller{}))
			w.want(iam.Unauthenticated, s.name+" by nobody in a context", s.run(iam.Caller{}.In("a")))
			for _, id := range wrong {
				for context, c := range map[string]iam.Caller{"": w.callers[id], "a": w.callers[id].In("a"), "b": w.callers[id].In("b")} {
					if err := s.run(c); !iam.Is(err, iam.PermissionDenied) && !iam.Is(err, iam.NotFound) {
						t.Errorf("%s by %s in %q: error %v", s.name, id, context, err)
					}
				}
			}
			if after := len(w.events()); after != before {
				t.Fatalf("%s: the refused have recorded %d events", s.name, after-before)
			}
			if err := s.run(right); err != nil {
				t.Fatalf("%s by %s: %v", s.name, s.by, err)
			}
			var got []string
			for _, e := range w.events()[before:] {
				if e.EditorID != right.UserID() {
					t.Errorf("%s: edited by %s, want %s", s.name, e.EditorID, right.UserID())
				}
				_, line, _ := strings.Cut(describe(e), " ")
				got = append(got, line)
			}
			if text := strings.Join(got, "\n"); text != s.events {
				t.Errorf("%s:\n got %s\nwant %s", s.name, text, s.events)
			}
		}
		w.noSecrets(secrets)
		for name, n := range names {
			if n > 1 {
				t.Errorf("%d steps are called %s", n, name)
			}
		}
	})
}

// noSecrets looks for secrets and what verifies them in everything recorded.
func (w *world) noSecrets(secrets []string) {
	w.t.Helper()
	if len(secrets) != 10 {
		w.t.Errorf("%d secrets were made, want 10", len(secrets))
	}
	for _, e := range w.events() {
		text := fmt.Sprintf("%+v %s", e, e.Payload)
		for _, secret := range secrets {
			hash := keyring.Hash(secret)
			for _, form := range []string{secret, fmt.Sprintf("%x", hash), fmt.Sprintf("%v", hash[:])} {
				if strings.Contains(text, form) {
					w.t.Errorf("%s holds a secret", describe(e))
				}
			}
		}
		for _, word := range []string{"argon2", "verifier", "hash", "password", "LKS", "lkp_", "lki_", "BEGIN"} {
			payload := strings.ReplaceAll(string(e.Payload), `"passwordChange":`, "") // whether, not what
			if strings.Contains(strings.ToLower(payload), strings.ToLower(word)) {
				w.t.Errorf("%s holds %q", describe(e), word)
			}
		}
	}
}
