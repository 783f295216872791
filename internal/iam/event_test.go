package iam

import (
	"go/ast"
	"go/parser"
	"go/token"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// declared are the constants of one type in event.go, by their text.
func declared(t *testing.T, kind string) []string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "event.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if of, ok := spec.Type.(*ast.Ident); ok && of.Name == kind {
			for _, v := range spec.Values {
				text, err := strconv.Unquote(v.(*ast.BasicLit).Value)
				if err != nil {
					t.Fatal(err)
				}
				out = append(out, text)
			}
		}
		return true
	})
	return out
}

func TestEventTexts(t *testing.T) {
	types, texts := map[string]int{}, map[string]EventType{}
	for _, e := range EventTypes() {
		types[string(e)]++
		if other, taken := texts[e.Text()]; taken || e.Text() == "" || e.Text() == string(e) {
			t.Errorf("%s is called %q, as is %q", e, e.Text(), other)
		}
		texts[e.Text()] = e
	}
	all := declared(t, "EventType")
	if len(all) < 90 || len(all) != len(types) {
		t.Errorf("%d types are declared, %d have a text", len(all), len(types))
	}
	for _, e := range all {
		if types[e] != 1 {
			t.Errorf("%s has %d texts in eventtext.go", e, types[e])
		}
	}
	if got := EventType("user.of.tomorrow").Text(); got != "user.of.tomorrow" {
		t.Errorf("a type of another version: %q", got)
	}
	nouns := declared(t, "Aggregate")
	for _, a := range nouns {
		if !slices.Contains(Aggregates(), Aggregate(a)) || Aggregate(a).Text() == a {
			t.Errorf("the aggregate %s has no text", a)
		}
	}
	if len(nouns) != len(Aggregates()) || Aggregate("x").Text() != "x" {
		t.Errorf("%d aggregates are declared, %d are listed", len(nouns), len(Aggregates()))
	}
}

// reader is what it takes to see events of one type: the longest rule.
func (t EventType) reader() Permission {
	rules, longest := eventRules(), ""
	for begin := range rules {
		if len(begin) > len(longest) && strings.HasPrefix(string(t), begin) {
			longest = begin
		}
	}
	return rules[longest]
}

// TestEventReaders says for each type who may see it in an organization's
// record, one by one, so that a new type is a decision.
func TestEventReaders(t *testing.T) {
	want := map[EventType]Permission{}
	for p, types := range map[Permission][]EventType{
		EventsRead: {
			InstanceAdded, InstanceDefaultOrgSet, InstanceChanged, OIDCSettingsChanged, SecretGeneratorChanged,
			SecuritySettingsSet, TrustedDomainAdded, TrustedDomainRemoved,
		},
		InstanceMemberRead: {InstanceMemberAdded, InstanceMemberChanged, InstanceMemberRemoved},
		FeatureRead:        {FeaturesSet, FeaturesReset},
		WebKeyRead:         {SigningKeyAdded, SigningKeyActivated, SigningKeyDeactivated, SigningKeyRemoved},
		OrgRead: {
			OrgAdded, OrgChanged, OrgDeactivated, OrgReactivated, OrgRemoved, OrgDomainAdded, OrgDomainVerified, OrgDomainChallenged,
			OrgDomainPrimary, OrgDomainRemoved, OrgMetadataSet, OrgMetadataGone,
		},
		OrgMemberRead:     {OrgMemberAdded, OrgMemberChanged, OrgMemberRemoved},
		ProjectRead:       {ProjectAdded, ProjectChanged, ProjectDeactivated, ProjectReactivated, ProjectRemoved},
		ProjectMemberRead: {ProjectMemberAdded, ProjectMemberChanged, ProjectMemberRemoved},
		RoleRead:          {RoleAdded, RoleChanged, RoleRemoved},
		ProjectGrantRead: {
			ProjectGrantAdded, ProjectGrantChanged, ProjectGrantDeactivated, ProjectGrantReactivated, ProjectGrantRemoved,
		},
		ProjectGrantMemberRead: {ProjectGrantMemberAdded, ProjectGrantMemberChanged, ProjectGrantMemberRemoved},
		ApplicationRead: {
			ApplicationAdded, ApplicationChanged, ApplicationDeactivated, ApplicationReactivated, ApplicationRemoved,
			APIConfigAdded, APIConfigChanged, APISecretChanged, OIDCConfigAdded, OIDCConfigChanged, OIDCSecretChanged,
			ApplicationKeyAdded, ApplicationKeyRemoved,
		},
		UserRead: {
			MachineAdded, MachineChanged, MachineSecretSet, MachineSecretGone, MachineKeyAdded, MachineKeyRemoved,
			UserMetadataSet, UserMetadataGone, HumanAdded, HumanEmailChanged, HumanPhoneChanged, HumanChanged,
			HumanPasswordSet, HumanInvited, SetupCodeAdded, UserNameChanged, UserDeactivated, UserReactivated,
			UserLocked, UserUnlocked, UserRemoved, PATAdded, PATRemoved,
		},
		AuthorizationRead: {
			AuthorizationAdded, AuthorizationSet, AuthorizationOff, AuthorizationOn, AuthorizationRemove,
		},
	} {
		for _, e := range types {
			want[e] = p
		}
	}
	for _, e := range EventTypes() {
		if got := e.reader(); got != want[e] {
			t.Errorf("%s is seen by %s, want %q", e, got, want[e])
		}
		// What the filter of a list says of a caller who has only this permission.
		for level, roles := range map[Level][]ManagerRole{
			LevelOrg: ManagerRoles(LevelOrg), LevelProject: ManagerRoles(LevelProject), LevelProjectGrant: ManagerRoles(LevelProjectGrant),
		} {
			for _, r := range roles {
				c := NewCaller("u", "A", []Membership{{Level: level, ResourceID: "x", OrgID: "x", Roles: []ManagerRole{r}}})
				f := c.VisibleEvents(Target{OrgID: "x", ProjectID: "x", GrantID: "x"})
				if shows(f, e) != r.Allows(want[e]) {
					t.Errorf("%s shows %s: %v", r, e, shows(f, e))
				}
			}
		}
	}
	if got := EventType("something.new").reader(); got != EventsRead {
		t.Errorf("an unknown type is seen by %s", got)
	}
}

func TestEventPage(t *testing.T) {
	for in, want := range map[EventPage]EventPage{
		{}:                                 {Limit: MaxLimit},
		{Limit: 1, Asc: true, Sequence: 7}: {Limit: 1, Asc: true, Sequence: 7},
		{Limit: MaxLimit, Sequence: math.MaxUint64}: {Limit: MaxLimit, Sequence: math.MaxInt64},
	} {
		if got, err := in.Check(); err != nil || got != want {
			t.Errorf("%+v: %+v, %v", in, got, err)
		}
	}
	if _, err := (EventPage{Limit: MaxLimit + 1}).Check(); !Is(err, InvalidArgument) {
		t.Errorf("too much: %v", err)
	}
	for _, test := range []struct {
		e    Event
		want string
	}{
		{Event{Aggregate: AggregateUser, OrgID: "a"}, "a"},
		{Event{Aggregate: AggregateUser}, "i"},
		{Event{Aggregate: AggregateInstance, OrgID: "a"}, "i"},
		{Event{Aggregate: AggregateInstance}, "i"},
	} {
		if got := test.e.ResourceOwner("i"); got != test.want {
			t.Errorf("%+v is of %s", test.e, got)
		}
	}
}
