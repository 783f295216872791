package test

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/authoption"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"

	"github.com/latchkey-iam/latchkey/internal/iam"
)

// judge is one caller of the matrix.
type judge struct {
	name  string // of its role
	role  iam.ManagerRole
	level iam.Level
	token string
	vars  map[string]string // what it tries its hands on
}

// TestPermissionMatrix calls every method as each manager role alone, as a user
// that manages nothing, and as nobody, and compares with the golden file who was
// allowed, refused, or told that there is no such thing. The requests are those
// of TestEveryMethod, about objects that exist. Nothing that is allowed happens:
// the database refuses the event that each write ends with.
func TestPermissionMatrix(t *testing.T) {
	db := openSQLite(t)
	n := start(t, options{Database: db})
	call := dialGRPC(t, n)
	_, vars := playOn(t, n, readSteps(t, "matrix.txt"), call)
	vars["second"], vars["beta"] = vars["chat"], vars["chat"] // the later generations try their hands on the same project
	judges := newJudges(t, n, call, vars)
	beside := db.SQL(t)
	defer beside.Close()
	_, err := beside.ExecContext(t.Context(),
		`CREATE TRIGGER rehearsal BEFORE INSERT ON events BEGIN SELECT RAISE(ABORT, 'rehearsal'); END`)
	if err != nil {
		t.Fatal(err)
	}
	first := map[string]step{}
	for _, s := range readSteps(t, "everymethod.txt") {
		if seen, ok := first[s.method]; !ok || seen.refusal != codes.OK && s.refusal == codes.OK {
			first[s.method] = s
		}
	}
	var text strings.Builder
	for _, method := range slices.Sorted(maps.Keys(first)) {
		verdicts := map[string][]string{}
		for _, j := range judges {
			verdict := j.call(t, call, first[method])
			verdicts[verdict] = append(verdicts[verdict], j.name)
			checkVerdict(t, method, j, verdict)
		}
		fmt.Fprintf(&text, "%s (%s)\n", strings.TrimPrefix(method, "zitadel."), demanded(t, method))
		for _, verdict := range slices.Sorted(maps.Keys(verdicts)) {
			fmt.Fprintf(&text, "\t%s: %s\n", verdict, strings.Join(verdicts[verdict], " "))
		}
	}
	const path = "testdata/permissions.golden"
	if *updateMethods {
		if err := os.WriteFile(path, []byte(text.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	golden, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(golden) != text.String() {
		t.Errorf("%s is not what the methods allow; after looking at the difference: go test ./test -run PermissionMatrix -update-methods\n%s",
			path, firstDifference(string(golden), text.String()))
	}
}

func firstDifference(want, got string) string {
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range min(len(w), len(g)) {
		if w[i] != g[i] {
			return fmt.Sprintf("line %d:\nwant %s\ngot  %s", i+1, w[i], g[i])
		}
	}
	return "one is longer"
}

// newJudges makes a service user for each manager role, in an organization of
// its own.
func newJudges(t *testing.T, n *node, call transport, vars map[string]string) []judge {
	t.Helper()
	judges := []judge{{name: "nobody", vars: vars}, {name: "nothing", token: vars["nothingToken"], vars: vars}}
	granted := maps.Clone(vars)
	maps.Copy(granted, map[string]string{
		"acme": vars["customer"], "acmeDomain": vars["customerDomain"], "robot": vars["customerRobot"],
		"authorization": vars["customerAuthorization"],
	})
	for _, level := range []iam.Level{iam.LevelInstance, iam.LevelOrg, iam.LevelProject, iam.LevelProjectGrant} {
		for _, role := range iam.ManagerRoles(level) {
			j := judge{name: string(role), role: role, level: level, vars: vars}
			var add string
			switch level {
			case iam.LevelInstance:
				add = `as root
				service admin.v1.AdminService
				AddIAMMember {"userId":"${judge}","roles":["` + string(role) + `"]}`
			case iam.LevelOrg:
				add = `in acme
				AddOrgMember {"userId":"${judge}","roles":["` + string(role) + `"]}`
			case iam.LevelProject:
				add = `in acme
				AddProjectMember {"projectId":"${chat}","userId":"${judge}","roles":["` + string(role) + `"]}`
			case iam.LevelProjectGrant:
				j.vars = granted
				add = `in customer
				AddProjectGrantMember {"projectId":"${chat}","grantId":"${grant}","userId":"${judge}","roles":["` + string(role) + `"]}`
			}
			script := `as root
				service management.v1.ManagementService
				in elsewhere
				AddMachineUser {"userName":"` + strings.ToLower(string(role)) + `","name":"a judge"} > judge=userId
				AddPersonalAccessToken {"userId":"${judge}"} > judgeToken=token
				` + add
			kept := maps.Clone(vars)
			run(t, call, parseSteps(t, strings.NewReader(script)), kept, &played{})
			j.token = kept["judgeToken"]
			judges = append(judges, j)
		}
	}
	return judges
}

// call says how a caller fares with a method.
func (j judge) call(t *testing.T, call transport, s step) string {
	t.Helper()
	vars := maps.Clone(j.vars)
	if s.in == "customer" && j.level != iam.LevelProjectGrant { // what looks at projects that were granted to the organization
		vars["chat"], vars["grant"] = vars["theirs"], vars["theirsGrant"]
	}
	request, missing := fill(s.request, vars)
	if missing != "" {
		t.Fatalf("%s: the matrix has no %s", s.method, missing)
	}
	answer, _ := call(t, s.method, request, j.token, vars["acme"])
	switch answer.code {
	case codes.OK, codes.Internal: // Internal: as far as the event
		return "allowed"
	case codes.FailedPrecondition, codes.AlreadyExists:
		if answer.code == s.refusal || j.role != "" {
			return "allowed"
		}
	case codes.PermissionDenied:
		return "denied"
	case codes.NotFound:
		if s.refusal == codes.NotFound {
			return "allowed"
		}
		return "not found"
	case codes.Unauthenticated:
		return "no caller"
	}
	t.Errorf("%s %s as %s: %s %s: the request tells nothing about permissions", s.method, request, j.name, answer.code, answer.body)
	return answer.code.String()
}

// demanded is the permission that the descriptor of a method asks for.
func demanded(t *testing.T, method string) string {
	t.Helper()
	option, _ := proto.GetExtension(descriptorOf(t, method).Options(), authoption.E_AuthOption).(*authoption.AuthOption)
	if option.GetPermission() == "" {
		return "none"
	}
	if check := option.GetCheckFieldName(); check != "" {
		return option.GetPermission() + " on " + check
	}
	return option.GetPermission()
}

// exempt are methods that ask for something else than their descriptor, each
// with the reason.
func exempt() map[string]string {
	const isolation = "docs/adr/0006: who receives a project grant chooses its managers"
	return map[string]string{
		"zitadel.management.v1.ManagementService/AddProjectGrantMember":    isolation,
		"zitadel.management.v1.ManagementService/UpdateProjectGrantMember": isolation,
		"zitadel.management.v1.ManagementService/RemoveProjectGrantMember": isolation,
		"zitadel.management.v1.ManagementService/ListProjectGrantMembers":  isolation,
		"zitadel.management.v1.ManagementService/GetOrgByDomainGlobal":     "docs/adr/0006: only who may read the organization finds it",
		"zitadel.management.v1.ManagementService/GetUserByLoginNameGlobal": "docs/adr/0006: only who may read the user finds it",
	}
}

// checkVerdict holds a method of the first generation to its descriptor: roles
// of the instance and of the organization open it exactly when they have the
// permission that is asked for there.
func checkVerdict(t *testing.T, method string, j judge, verdict string) {
	t.Helper()
	if strings.HasSuffix(method, "/Healthz") {
		if verdict != "allowed" {
			t.Errorf("%s is %s for %s", method, verdict, j.name)
		}
		return
	}
	if (verdict == "no caller") != (j.name == "nobody") {
		t.Errorf("%s is %s for %s", method, verdict, j.name)
	}
	permission, _, _ := strings.Cut(demanded(t, method), " ")
	first := strings.HasPrefix(method, "zitadel.management.v1.") || strings.HasPrefix(method, "zitadel.admin.v1.")
	if !first || permission == "authenticated" || j.role == "" || exempt()[method] != "" {
		return
	}
	within := j.level == iam.LevelInstance || j.level == iam.LevelOrg && strings.HasPrefix(method, "zitadel.management.v1.")
	if want := within && j.role.Allows(iam.Permission(permission)); within && want != (verdict == "allowed") {
		t.Errorf("%s asks for %s and is %s for %s", method, permission, verdict, j.name)
	}
}
