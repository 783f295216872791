package iam

import (
	"reflect"
	"slices"
	"strings"
	"testing"
)

func org(id string, roles ...ManagerRole) Membership {
	return Membership{Level: LevelOrg, ResourceID: id, OrgID: id, Roles: roles}
}

func instance(roles ...ManagerRole) Membership {
	return Membership{Level: LevelInstance, ResourceID: "i", Roles: roles}
}

func project(id, orgID string, roles ...ManagerRole) Membership {
	return Membership{Level: LevelProject, ResourceID: id, OrgID: orgID, ProjectID: id, Roles: roles}
}

func grant(id, orgID, projectID string, roles ...ManagerRole) Membership {
	return Membership{Level: LevelProjectGrant, ResourceID: id, OrgID: orgID, ProjectID: projectID, Roles: roles}
}

// can is everything that some callers may do to some targets; the first is nobody.
func TestCan(t *testing.T) {
	inA, inB := Target{OrgID: "A"}, Target{OrgID: "B"}
	projectA := Target{OrgID: "A", ProjectID: "p"}
	grantAtoB := ProjectGrant{ID: "g", ProjectID: "p", OrgID: "A", GrantedOrgID: "B"}
	self := Target{OrgID: "A", UserID: "u"}
	own := func(m ...Membership) Caller { return NewCaller("u", "A", m) }
	for _, test := range []struct {
		name   string
		caller Caller
		p      Permission
		target Target
		want   bool
	}{
		{"nobody", Caller{}, OrgRead, inA, false},
		{"nobody, nothing", Caller{}, OrgRead, Target{}, false},
		{"nobody as itself", Caller{}, UserRead, Target{UserID: ""}, false},
		{"nobody with an owner's membership", NewCaller("", "A", []Membership{instance(IAMOwner)}), OrgRead, inA, false},
		{"no membership", own(), OrgRead, inA, false},
		{"no membership, nothing", own(), OrgRead, Target{}, false},
		{"itself", own(), UserRead, self, true},
		{"itself in a context", own().In("A"), UserRead, self, false},
		{"somebody else", own(), UserRead, Target{OrgID: "A", UserID: "v"}, false},
		{"wrong org", own(org("B", OrgOwner)), OrgRead, inA, false},
		{"org owner of no org", own(org("", OrgOwner)), OrgRead, Target{}, false},
		{"viewer reads", own(org("A", OrgOwnerViewer)), OrgRead, inA, true},
		{"viewer writes", own(org("A", OrgOwnerViewer)), OrgWrite, inA, false},
		{"owner writes", own(org("A", OrgOwner)), OrgWrite, inA, true},
		{"owner writes elsewhere", own(org("A", OrgOwner)), OrgWrite, inB, false},
		{"owner creates an org", own(org("A", OrgOwner)), OrgCreate, Target{}, false},
		{"owner makes instance managers", own(org("A", OrgOwner)), InstanceMemberWrite, Target{}, false},
		{"instance owner anywhere", own(instance(IAMOwner)), OrgWrite, inB, true},
		{"instance owner nowhere", own(instance(IAMOwner)), OrgCreate, Target{}, true},
		{"instance viewer writes", own(instance(IAMOwnerViewer)), OrgWrite, inB, false},
		{"instance role at an org", own(org("A", IAMOwner)), OrgWrite, inA, false},
		{"org role at the instance", own(instance(OrgOwner)), OrgWrite, inA, false},
		{"project role at an org", own(org("A", ProjectOwner)), ProjectWrite, projectA, false},
		{"unknown level", own(Membership{Level: "x", ResourceID: "A", OrgID: "A", Roles: []ManagerRole{OrgOwner}}), OrgRead, inA, false},
		{"unknown role", own(org("A", "ROOT")), OrgRead, inA, false},
		{"project owner", own(project("p", "A", ProjectOwner)), ProjectWrite, projectA, true},
		{"project owner, other project", own(project("q", "A", ProjectOwner)), ProjectWrite, projectA, false},
		{"project owner, its org", own(project("p", "A", ProjectOwner)), OrgRead, inA, false},
		{"project viewer writes", own(project("p", "A", ProjectOwnerViewer)), ProjectWrite, projectA, false},
		{"org owner, grant given", own(org("A", OrgOwner)), ProjectGrantWrite, grantAtoB.Target(), true},
		{"org owner, grant received", own(org("B", OrgOwner)), ProjectGrantWrite, grantAtoB.Target(), false},
		{"org owner, received side", own(org("B", OrgOwner)), ProjectRead, grantAtoB.TargetGranted(), true},
		{"giver, received side", own(org("A", OrgOwner)), ProjectRead, grantAtoB.TargetGranted(), false},
		{"project owner, received side", own(project("p", "A", ProjectOwner)), ProjectRead, grantAtoB.TargetGranted(), false},
		{"grant owner, received side", own(grant("g", "B", "p", ProjectGrantOwner)), ProjectRead, grantAtoB.TargetGranted(), true},
		{"grant owner changes the grant", own(grant("g", "B", "p", ProjectGrantOwner)), ProjectGrantWrite, grantAtoB.Target(), false},
		{
			"grant owner, authorization through it", own(grant("g", "B", "p", ProjectGrantOwner)), AuthorizationWrite,
			Authorization{OrgID: "B", ProjectID: "p", GrantID: "g"}.Target(), true,
		},
		{
			"grant owner, authorization of the project", own(grant("g", "B", "p", ProjectGrantOwner)), AuthorizationWrite,
			Authorization{OrgID: "A", ProjectID: "p"}.Target(), false,
		},
		{
			"project owner, authorization through a grant", own(project("p", "A", ProjectOwner)), AuthorizationRead,
			Authorization{OrgID: "B", ProjectID: "p", GrantID: "g"}.Target(), false,
		},
		{
			"project owner, authorization of the project", own(project("p", "A", ProjectOwner)), AuthorizationWrite,
			Authorization{OrgID: "A", ProjectID: "p"}.Target(), true,
		},
		{"second membership counts", own(org("B", OrgOwner), org("A", OrgOwnerViewer)), OrgRead, inA, true},
		{"reach of one, role of another", own(org("B", OrgOwner), org("A", OrgOwnerViewer)), OrgWrite, inA, false},
		{"targets of nouns", own(org("A", OrgOwner)), UserWrite, User{ID: "x", OrgID: "A"}.Target(), true},
		{"target of an org", own(org("A", OrgOwner)), OrgWrite, Org{ID: "A"}.Target(), true},
		{"target of a project", own(project("p", "A", ProjectOwner)), ProjectWrite, Project{ID: "p", OrgID: "A"}.Target(), true},
	} {
		if got := test.caller.Can(test.p, test.target); got != test.want {
			t.Errorf("%s: %v, want %v", test.name, got, test.want)
		}
		err := test.caller.Require(test.p, test.target)
		denied := PermissionDenied
		if test.caller.Nobody() {
			denied = Unauthenticated
		}
		if test.want && err != nil || !test.want && !Is(err, denied) {
			t.Errorf("%s: required: %v", test.name, err)
		}
	}
}

func TestAuthorise(t *testing.T) {
	inA, inB := Target{OrgID: "A"}, Target{OrgID: "B"}
	const ok, gone, denied, nobody = Kind(-1), NotFound, PermissionDenied, Unauthenticated
	ownerA := NewCaller("u", "A", []Membership{org("A", OrgOwner)})
	viewerA := NewCaller("u", "A", []Membership{org("A", OrgOwnerViewer)})
	plain := NewCaller("u", "A", nil)
	iamOwner := NewCaller("u", "A", []Membership{instance(IAMOwner)})
	projectOwner := NewCaller("u", "A", []Membership{project("p", "A", ProjectOwner)})
	for _, test := range []struct {
		name                         string
		caller                       Caller
		target                       Target
		read, write, missR, missingW Kind
	}{
		{"nobody", Caller{}, inA, gone, nobody, gone, gone},
		{"nobody in a context", Caller{}.In("A"), inA, nobody, nobody, nobody, nobody},
		{"no membership", plain, inA, gone, denied, gone, gone},
		{"no membership, in context", plain.In("A"), inA, denied, denied, denied, denied},
		{"owner elsewhere", ownerA, inB, gone, denied, gone, gone},
		{"owner elsewhere, in its context", ownerA.In("A"), inB, gone, gone, gone, gone},
		{"owner in a foreign context", ownerA.In("B"), inB, denied, denied, denied, denied},
		{"owner in a foreign context, own object", ownerA.In("B"), inA, denied, denied, denied, denied},
		{"viewer", viewerA, inA, ok, denied, gone, gone},
		{"viewer in context", viewerA.In("A"), inA, ok, denied, gone, denied},
		{"owner", ownerA, inA, ok, ok, gone, gone},
		{"owner in context", ownerA.In("A"), inA, ok, ok, gone, gone},
		{"instance owner", iamOwner, inB, ok, ok, gone, gone},
		{"instance owner in context", iamOwner.In("B"), inB, ok, ok, gone, gone},
		{"instance owner, other context", iamOwner.In("A"), inB, gone, gone, gone, gone},
		{"project owner, its project", projectOwner.In("A"), Target{OrgID: "A", ProjectID: "p"}, ok, ok, gone, gone},
		{"project owner, other project", projectOwner.In("A"), Target{OrgID: "A", ProjectID: "q"}, denied, denied, gone, gone},
		{"project owner, no context", projectOwner, Target{OrgID: "A", ProjectID: "q"}, gone, denied, gone, gone},
		// A membership that does not say its organization still never lets a missing object pass.
		{
			"membership without org", NewCaller("u", "A", []Membership{{Level: LevelOrg, ResourceID: "A", Roles: []ManagerRole{OrgOwner}}}).In("A"),
			inB, gone, gone, gone, gone,
		},
	} {
		for what, got := range map[string]struct {
			err  error
			want Kind
		}{
			"read":          {test.caller.Authorise(ProjectRead, test.target, "thing"), test.read},
			"write":         {test.caller.Authorise(ProjectWrite, test.target, "thing"), test.write},
			"missing read":  {test.caller.Missing(ProjectRead, "thing"), test.missR},
			"missing write": {test.caller.Missing(ProjectWrite, "thing"), test.missingW},
		} {
			if got.want == ok && got.err != nil || got.want != ok && !Is(got.err, got.want) {
				t.Errorf("%s, %s: %v, want kind %d", test.name, what, got.err, got.want)
			}
		}
	}
}

func TestReach(t *testing.T) {
	m := []Membership{
		org("A", OrgOwner), org("B", OrgOwnerViewer), org("C", OrgProjectCreator),
		project("p", "D", ProjectOwner), grant("g", "E", "q", ProjectGrantOwnerViewer),
	}
	c := NewCaller("u", "A", m)
	iamOwner := NewCaller("u", "A", []Membership{instance(IAMOwner), org("A", OrgOwner)})
	for _, test := range []struct {
		name   string
		caller Caller
		p      Permission
		want   Reach
	}{
		{"nobody", Caller{}, UserRead, Reach{}},
		{"nobody in a context", Caller{}.In("A"), UserRead, Reach{}},
		{"nobody with memberships", NewCaller("", "", m), UserRead, Reach{}},
		{"no membership", NewCaller("u", "A", nil), UserRead, Reach{UserID: "u"}},
		{"no membership in context", NewCaller("u", "A", nil).In("A"), UserRead, Reach{}},
		{"users", c, UserRead, Reach{OrgIDs: []string{"A", "B"}, UserID: "u"}},
		{"users to write", c, UserWrite, Reach{OrgIDs: []string{"A"}, UserID: "u"}},
		{"projects", c, ProjectRead, Reach{OrgIDs: []string{"A", "B"}, ProjectIDs: []string{"p"}, GrantIDs: []string{"g"}, UserID: "u"}},
		{"projects in A", c.In("A"), ProjectRead, Reach{OrgIDs: []string{"A"}}},
		{"projects in C", c.In("C"), ProjectRead, Reach{}},
		{"projects in D", c.In("D"), ProjectRead, Reach{ProjectIDs: []string{"p"}}},
		{"projects in E", c.In("E"), ProjectRead, Reach{GrantIDs: []string{"g"}}},
		{"projects in F", c.In("F"), ProjectRead, Reach{}},
		{"back without context", c.In("F").In(""), UserWrite, Reach{OrgIDs: []string{"A"}, UserID: "u"}},
		{"instance", iamOwner, UserRead, Reach{All: true}},
		{"instance in a context", iamOwner.In("B"), UserRead, Reach{OrgIDs: []string{"B"}}},
	} {
		if got := test.caller.Reach(test.p); !reflect.DeepEqual(got, test.want) {
			t.Errorf("%s: %+v, want %+v", test.name, got, test.want)
		}
	}
	for _, r := range []Reach{{All: true}, {OrgIDs: []string{"A"}}, {ProjectIDs: []string{"A"}}, {GrantIDs: []string{"A"}}, {UserID: "u"}} {
		if r.Empty() {
			t.Errorf("%+v is empty", r)
		}
	}
	if !(Reach{OrgIDs: []string{}}).Empty() {
		t.Error("the reach of nothing is not empty")
	}
	if c.UserID() != "u" || c.OrgID() != "A" || c.Context() != "" || c.In("X").Context() != "X" || c.Nobody() {
		t.Errorf("%+v", c)
	}
}

func TestPlaces(t *testing.T) {
	all := Reach{All: true}
	orgs := func(ids ...string) Reach { return Reach{OrgIDs: ids} }
	for _, test := range []struct {
		name   string
		caller Caller
		want   Reach
	}{
		{"nobody", Caller{}, Reach{}},
		{"nobody with memberships", NewCaller("", "A", []Membership{instance(IAMOwner)}), Reach{}},
		{"no membership", NewCaller("u", "A", nil), orgs("A")},
		{"no membership, in a context", NewCaller("u", "A", nil).In("B"), orgs("A")},
		{"its own org", NewCaller("u", "A", []Membership{org("A", OrgOwner)}), orgs("A")},
		{"another org", NewCaller("u", "B", []Membership{org("A", OrgOwnerViewer)}), orgs("A", "B")},
		{"a project and a grant", NewCaller("u", "B", []Membership{
			project("p", "C", ProjectOwnerViewer), grant("g", "A", "q", ProjectGrantOwner), project("q", "C", ProjectOwner),
		}), orgs("A", "B", "C")},
		{"a role that opens nothing", NewCaller("u", "A", []Membership{org("B", OrgEndUserImpersonator)}), orgs("A")},
		{"a role of another level", NewCaller("u", "A", []Membership{org("B", ProjectOwner, IAMOwner)}), orgs("A")},
		{"a membership of no org", NewCaller("u", "A", []Membership{org("", OrgOwner)}), orgs("A")},
		{"the instance", NewCaller("u", "A", []Membership{org("B", OrgOwner), instance(IAMUserManager)}), all},
		{"the instance, in a context", NewCaller("u", "A", []Membership{instance(IAMOwnerViewer)}).In("A"), all},
		{"the instance, for nothing", NewCaller("u", "A", []Membership{instance(IAMLoginClient)}), orgs("A")},
		{"the instance, by another level's role", NewCaller("u", "A", []Membership{instance(OrgOwner)}), orgs("A")},
	} {
		if got := test.caller.Places(); !reflect.DeepEqual(got, test.want) {
			t.Errorf("%s: %+v, want %+v", test.name, got, test.want)
		}
	}
	if (Reach{}).HasOrg("") || (Reach{OrgIDs: []string{"A"}, ProjectIDs: []string{"B"}}).HasOrg("B") || !orgs("A", "B").HasOrg("B") || !all.HasOrg("B") {
		t.Error("organizations within reach")
	}
}

// shows applies a filter of VisibleEvents to one type.
func shows(f Filter, t EventType) bool {
	switch {
	case f.Not != nil:
		return !shows(*f.Not, t)
	case f.All != nil:
		return !slices.ContainsFunc(f.All, func(f Filter) bool { return !shows(f, t) })
	case f.Any != nil:
		return slices.ContainsFunc(f.Any, func(f Filter) bool { return shows(f, t) })
	case f.Field == FieldName && f.Match == StartsWith:
		return strings.HasPrefix(string(t), f.Text)
	}
	return f.Field == ""
}

func TestVisibleEvents(t *testing.T) {
	of := func(level func(...ManagerRole) Membership, r ManagerRole) Caller {
		return NewCaller("u", "A", []Membership{level(r)})
	}
	orgA := func(r ...ManagerRole) Membership { return org("A", r...) }
	all := []EventType{
		InstanceAdded, InstanceMemberAdded, SigningKeyAdded, OrgAdded, OrgMemberAdded, ProjectAdded, ProjectMemberAdded, RoleAdded,
		ProjectGrantAdded, ProjectGrantMemberAdded, UserRemoved, PATAdded, HumanAdded, AuthorizationAdded, "something.new",
	}
	ofOrgs := slices.DeleteFunc(slices.Clone(all), func(e EventType) bool {
		return slices.Contains([]EventType{InstanceAdded, InstanceMemberAdded, SigningKeyAdded, "something.new"}, e)
	})
	for _, test := range []struct {
		name   string
		caller Caller
		target Target
		want   []EventType
	}{
		{"nobody", Caller{}, Target{OrgID: "A"}, nil},
		{"no membership", NewCaller("u", "A", nil), Target{OrgID: "A"}, nil},
		{"owner elsewhere", of(orgA, OrgOwner), Target{OrgID: "B"}, nil},
		{"instance owner", of(instance, IAMOwner), Target{OrgID: "A"}, all},
		{"owner", of(orgA, OrgOwner), Target{OrgID: "A"}, ofOrgs},
		{"viewer", of(orgA, OrgOwnerViewer), Target{OrgID: "A"}, ofOrgs},
		{"settings", of(orgA, OrgSettingsManager), Target{OrgID: "A"}, []EventType{OrgAdded, OrgMemberAdded}},
		{"users", of(orgA, OrgUserManager), Target{OrgID: "A"}, []EventType{
			OrgAdded, ProjectAdded, RoleAdded, UserRemoved, PATAdded, HumanAdded, AuthorizationAdded,
		}},
		{"project viewer", NewCaller("u", "A", []Membership{project("p", "A", ProjectOwnerViewer)}), Target{OrgID: "A", ProjectID: "p"}, []EventType{
			ProjectAdded, ProjectMemberAdded, RoleAdded, ProjectGrantAdded, AuthorizationAdded,
		}},
	} {
		f := test.caller.VisibleEvents(test.target)
		if err := f.Check(); err != nil {
			t.Errorf("%s: %v", test.name, err)
		}
		for _, e := range all {
			if got, want := shows(f, e), slices.Contains(test.want, e); got != want {
				t.Errorf("%s sees %s: %v, want %v", test.name, e, got, want)
			}
		}
	}
}

// TestReadersOfUsers read what else a user's events tell of.
func TestReadersOfUsers(t *testing.T) {
	for _, level := range []Level{LevelInstance, LevelOrg, LevelProject, LevelProjectGrant} {
		for _, r := range ManagerRoles(level) {
			if r.Allows(UserRead) && (!r.Allows(AuthorizationRead) || !r.Allows(UserMembershipRead) && !r.Allows(OrgMemberRead)) {
				t.Errorf("%s reads users, but not their authorizations and memberships", r)
			}
		}
	}
}
