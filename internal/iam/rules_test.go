package iam

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestNewID(t *testing.T) {
	seen := map[string]bool{}
	for range 2000 {
		id := NewID()
		if len(id) != 18 || id[0] == '0' || strings.Trim(id, "0123456789") != "" || seen[id] {
			t.Fatalf("id %q", id)
		}
		if err := CheckChosenID(id); err != nil {
			t.Fatalf("id %q could not be chosen: %v", id, err)
		}
		seen[id] = true
	}
}

func TestCheckChosenID(t *testing.T) {
	for id, ok := range map[string]bool{
		"": false, "a": true, "A-z_0.9": true, strings.Repeat("a", 200): true, strings.Repeat("a", 201): false,
		"a b": false, "a/b": false, "a:b": false, "ä": false, "a\x00": false, "a\n": false, "%41": false, "*": false,
		SystemEditor: false, "System": true,
	} {
		if err := CheckChosenID(id); (err == nil) != ok || !ok && !Is(err, InvalidArgument) {
			t.Errorf("id %q: %v", id, err)
		}
	}
}

func TestErrors(t *testing.T) {
	cause := errors.New("disk on fire")
	err := fmt.Errorf("wrapped: %w", &Error{Kind: AlreadyExists, ID: "X-1", Message: "it is there", Err: cause})
	if KindOf(err) != AlreadyExists || !Is(err, AlreadyExists) || Is(err, NotFound) || !errors.Is(err, cause) {
		t.Errorf("kind %v of %v", KindOf(err), err)
	}
	if got := err.Error(); got != "wrapped: it is there (X-1): disk on fire" {
		t.Errorf("text %q", got)
	}
	if got := (&Error{Message: "m"}).Error(); got != "m" {
		t.Errorf("text %q", got)
	}
	if KindOf(cause) != Internal || Is(nil, Internal) || KindOf(nil) != Internal || !Is(cause, Internal) {
		t.Error("an error of no kind is internal, and no error has no kind")
	}
	if Fault("x", nil) != nil || KindOf(Fault("x", err)) != AlreadyExists || !errors.Is(Fault("x", cause), cause) {
		t.Error("a fault keeps its cause, and none stays none")
	}
	kinds := Kinds()
	for i, k := range kinds {
		if int(k) != i {
			t.Errorf("kind %d at %d", k, i)
		}
	}
	if last := kinds[len(kinds)-1]; last != Aborted || len(kinds) != 12 {
		t.Errorf("%d kinds, the last %d", len(kinds), last)
	}
}

func TestCheckExpiry(t *testing.T) {
	now := time.Date(2026, 5, 6, 7, 8, 9, 500e6, time.UTC)
	for _, test := range []struct {
		name          string
		expires, want time.Time
		ok            bool
	}{
		{"zero", time.Time{}, time.Time{}, true},
		{"never", Never, time.Time{}, true},
		{"after never", Never.Add(time.Hour), time.Time{}, true},
		{"just before never", Never.Add(-time.Second), Never.Add(-time.Second), true},
		{"past", now.Add(-time.Hour), time.Time{}, false},
		{"1970", time.Unix(0, 0), time.Time{}, false},
		{"now", now, time.Time{}, false},
		{"in this second", now.Add(400 * time.Millisecond), time.Time{}, false},
		{"in the next second", now.Add(600 * time.Millisecond), now.Truncate(time.Second).Add(time.Second), true},
		{"in another zone", now.Add(time.Hour).In(time.FixedZone("x", 3600)), now.Truncate(time.Second).Add(time.Hour), true},
	} {
		got, err := CheckExpiry(test.expires, now)
		if (err == nil) != test.ok || !test.ok && !Is(err, InvalidArgument) || got != test.want {
			t.Errorf("%s: %v, %v; want %v", test.name, got, err, test.want)
		}
	}
	for _, test := range []struct {
		expires time.Time
		live    bool
	}{{time.Time{}, true}, {now, false}, {now.Add(time.Nanosecond), true}, {now.Add(-time.Nanosecond), false}} {
		if got := (Credential{Expires: test.expires}).Live(now); got != test.live {
			t.Errorf("live with expiry %v: %v", test.expires, got)
		}
	}
}

func TestPageCheck(t *testing.T) {
	for _, test := range []struct {
		page Page
		want uint64 // limit; 0 where it is refused
	}{
		{Page{}, DefaultLimit},
		{Page{Limit: 1}, 1},
		{Page{Limit: MaxLimit}, MaxLimit},
		{Page{Limit: MaxLimit + 1}, 0},
		{Page{Limit: 1 << 63}, 0},
		{Page{Offset: 1 << 53, Limit: 3}, 3},
		{Page{Offset: 1<<53 + 1}, 0},
		{Page{Offset: 1<<64 - 1}, 0},
	} {
		got, err := test.page.Check()
		if test.want == 0 && !Is(err, InvalidArgument) || test.want != 0 && (err != nil || got.Limit != test.want || got.Offset != test.page.Offset) {
			t.Errorf("%+v: %+v, %v", test.page, got, err)
		}
	}
}

func TestFilterCheck(t *testing.T) {
	nested := func(depth int, leaf Filter, wrap func(Filter) Filter) Filter {
		for range depth {
			leaf = wrap(leaf)
		}
		return leaf
	}
	wraps := map[string]func(Filter) Filter{
		"not": func(f Filter) Filter { return Filter{Not: &f} },
		"all": func(f Filter) Filter { return Filter{All: []Filter{f}} },
		"any": func(f Filter) Filter { return Filter{Any: []Filter{f}} },
	}
	leaf := FieldName.Is("x")
	for name, wrap := range wraps {
		if err := nested(MaxFilterDepth, leaf, wrap).Check(); err != nil {
			t.Errorf("%s, as deep as allowed: %v", name, err)
		}
		for why, f := range map[string]Filter{
			"too deep":            nested(MaxFilterDepth+1, leaf, wrap),
			"too long":            wrap(FieldName.Is(strings.Repeat("x", 4*MaxName+1))),
			"too many values":     wrap(FieldName.In(make([]string, MaxLimit+1))),
			"too wide":            wrap(Filter{Any: slices.Repeat([]Filter{leaf}, MaxFilterNodes)}),
			"too wide by values":  wrap(Filter{All: slices.Repeat([]Filter{FieldName.In(make([]string, 100))}, 20)}),
			"text with NUL":       wrap(FieldName.Is("\x00")),
			"text not UTF-8":      wrap(FieldName.Is("\xff")),
			"a value with NUL":    wrap(FieldName.In([]string{"a", "b\x00"})),
			"a value not UTF-8":   wrap(FieldName.In([]string{"a", "\xc3"})),
			"beside a good one":   wrap(Filter{Any: []Filter{leaf, FieldName.Is("\x00")}}),
			"below a good one":    wrap(Filter{All: []Filter{leaf, wrap(FieldName.Is("\x00"))}}),
			"negated in the list": wrap(Filter{All: []Filter{leaf, {Not: &Filter{Field: FieldID, Text: "\x00"}}}}),
		} {
			if err := f.Check(); !Is(err, InvalidArgument) {
				t.Errorf("%s, %s: %v", name, why, err)
			}
		}
	}
	for name, f := range map[string]Filter{
		"zero": {}, "many values": FieldID.In(make([]string, MaxLimit)), "long": FieldName.Is(strings.Repeat("x", 4*MaxName)),
	} {
		if err := f.Check(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestRoleKeys(t *testing.T) {
	given := []string{"b", "a", "b", "C"}
	got, err := RoleKeys(given)
	if err != nil || !slices.Equal(got, []string{"C", "a", "b"}) || !slices.Equal(given, []string{"b", "a", "b", "C"}) {
		t.Errorf("%v, %v; given %v", got, err, given)
	}
	for _, none := range [][]string{nil, {}} {
		if got, err := RoleKeys(none); err != nil || got == nil || len(got) != 0 {
			t.Errorf("%#v, %v", got, err)
		}
	}
	many := make([]string, maxRoles+1)
	for i := range many {
		many[i] = fmt.Sprint("r", i)
	}
	if _, err := RoleKeys(many[:maxRoles]); err != nil {
		t.Errorf("as many as allowed: %v", err)
	}
	for why, bad := range map[string][]string{"too many": many, "empty": {"a", ""}, "space": {"a b"}, "NUL": {"\x00"}} {
		if _, err := RoleKeys(bad); !Is(err, InvalidArgument) {
			t.Errorf("%s: %v", why, err)
		}
	}
}

func TestCheckManagerRoles(t *testing.T) {
	levels := []Level{LevelInstance, LevelOrg, LevelProject, LevelProjectGrant}
	for _, level := range levels {
		for _, of := range levels {
			for _, role := range ManagerRoles(of) {
				got, err := CheckManagerRoles(level, []string{string(role), string(role)})
				if of == level && (err != nil || !slices.Equal(got, []ManagerRole{role})) || of != level && !Is(err, InvalidArgument) {
					t.Errorf("%s at level %s: %v, %v", role, level, got, err)
				}
			}
		}
		for why, bad := range map[string][]string{
			"none": nil, "empty": {""}, "unknown": {"ROOT"}, "lower case": {"iam_owner"}, "one of two": {string(ManagerRoles(level)[0]), "x"},
			"too many": slices.Repeat([]string{string(ManagerRoles(level)[0])}, maxRoles+1),
		} {
			if _, err := CheckManagerRoles(level, bad); !Is(err, InvalidArgument) {
				t.Errorf("level %s, %s: %v", level, why, err)
			}
		}
	}
	if _, err := CheckManagerRoles("galaxy", []string{"IAM_OWNER"}); !Is(err, InvalidArgument) {
		t.Errorf("unknown level: %v", err)
	}
	got, err := CheckManagerRoles(LevelOrg, []string{"ORG_USER_MANAGER", "ORG_OWNER", "ORG_USER_MANAGER"})
	if err != nil || !slices.Equal(got, []ManagerRole{OrgOwner, OrgUserManager}) {
		t.Errorf("%v, %v", got, err)
	}
}

func TestEventPayload(t *testing.T) {
	for _, test := range []struct {
		before, after Fields
		want          string
	}{
		{nil, nil, `{}`},
		{Fields{}, Fields{}, `{}`},
		{nil, Fields{"a": "x"}, `{"after":{"a":"x"}}`},
		{Fields{"a": 1}, nil, `{"before":{"a":1}}`},
		{Fields{"a": true}, Fields{"a": []string{"<&>"}}, `{"before":{"a":true},"after":{"a":["\u003c\u0026\u003e"]}}`},
	} {
		got := Change(test.before, test.after)
		if string(got) != test.want || !json.Valid(got) {
			t.Errorf("%v to %v: %s, want %s", test.before, test.after, got, test.want)
		}
	}
	b, a, changed := Diff(Fields{"same": []string{"x"}, "other": "1", "gone": "g"}, Fields{"same": []string{"x"}, "other": "2", "new": false})
	if !changed || string(Change(b, a)) != `{"before":{"new":null,"other":"1"},"after":{"new":false,"other":"2"}}` {
		t.Errorf("%v, %v, %v", b, a, changed)
	}
	if b, a, changed := Diff(Fields{"a": "x"}, Fields{"a": "x"}); changed || len(b)+len(a) != 0 {
		t.Errorf("%v, %v, %v", b, a, changed)
	}
}

func TestUserLabel(t *testing.T) {
	u := User{Name: "bot", Profile: Profile{DisplayName: "Hanna"}}
	for kind, want := range map[UserType]string{Machine: "bot", Human: "Hanna"} {
		u.Type = kind
		if got := u.Label(); got != want {
			t.Errorf("label of a %s: %q", kind, got)
		}
	}
}

// TestFields says which input a refusal is about.
func TestFields(t *testing.T) {
	machine := func(change func(*User)) error {
		u := User{UserName: "u", Name: "n", AccessTokenType: JWTToken}
		change(&u)
		return CheckMachine(u)
	}
	human := func(change func(*User)) error {
		u := User{UserName: "u", Profile: Profile{FirstName: "F", LastName: "L"}}
		change(&u)
		return CheckHuman(u)
	}
	second := func(_ any, err error) error { return err }
	for _, test := range []struct {
		what string
		err  error
		want Field
	}{
		{"nothing", nil, ""},
		{"another error", errors.New("x"), ""},
		{"an error about nothing in particular", Errorf(NotFound, "X", "x"), ""},
		{"a wrapped error", fmt.Errorf("around: %w", Errorf(NotFound, "X", "x").At(FieldKey)), FieldKey},
		{"empty user name", machine(func(u *User) { u.UserName = "" }), FieldUserName},
		{"user name with a colon", machine(func(u *User) { u.UserName = "a:b" }), FieldUserName},
		{"name with a space", machine(func(u *User) { u.Name = " n" }), FieldName},
		{"long description", machine(func(u *User) { u.Description = strings.Repeat("x", MaxDescription+1) }), FieldDescription},
		{"token type", machine(func(u *User) { u.AccessTokenType = "x" }), FieldAccessTokenType},
		{"first name", human(func(u *User) { u.FirstName = "" }), FieldFirstName},
		{"last name", human(func(u *User) { u.LastName = "\xff" }), FieldLastName},
		{"nick name", human(func(u *User) { u.NickName = "\x00" }), FieldNickName},
		{"display name", human(func(u *User) { u.DisplayName = " " }), FieldDisplayName},
		{"language", human(func(u *User) { u.PreferredLanguage = "\n" }), FieldPreferredLanguage},
		{"phone", human(func(u *User) { u.Phone = "\ufffd" }), FieldPhone},
		{"e-mail", human(func(u *User) { u.Email = "x" }), FieldEmail},
		{"organization name", CheckOrgName(""), FieldName},
		{"organization name of signs", CheckOrgName("!"), FieldName},
		{"project name", CheckProjectName(""), FieldName},
		{"role key", CheckRole(Role{}), FieldKey},
		{"role key with a space", CheckRole(Role{Key: "a b"}), FieldKey},
		{"role display name", CheckRole(Role{Key: "a", DisplayName: " "}), FieldDisplayName},
		{"role group", CheckRole(Role{Key: "a", Group: " "}), FieldGroup},
		{"role keys", second(RoleKeys([]string{"a", ""})), FieldRoleKey},
		{"role keys with a space", second(RoleKeys([]string{"a b"})), FieldRoleKey},
		{"too many role keys", second(RoleKeys(make([]string, maxRoles+1))), FieldRoleKey},
		{"no manager role", second(CheckManagerRoles(LevelOrg, nil)), FieldRoles},
		{"too many manager roles", second(CheckManagerRoles(LevelOrg, make([]string, maxRoles+1))), FieldRoles},
		{"unknown manager role", second(CheckManagerRoles(LevelOrg, []string{"x"})), FieldRoles},
		{"the past", second(CheckExpiry(time.Unix(1, 0), time.Unix(2, 0))), FieldExpires},
		{"long id", CheckChosenID(strings.Repeat("x", maxChosenID+1)), FieldID},
		{"id of the server", CheckChosenID(SystemEditor), FieldID},
		{"id with a space", CheckChosenID("a b"), FieldID},
	} {
		if got := FieldOf(test.err); got != test.want || test.want != "" && test.err == nil {
			t.Errorf("%s: field %q of %v, want %q", test.what, got, test.err, test.want)
		}
	}
}

func TestVersion(t *testing.T) {
	for _, test := range []struct {
		seen Version
		now  int64
		ok   bool
	}{{0, 0, true}, {0, 7, true}, {7, 7, true}, {6, 7, false}, {8, 7, false}, {-1, 7, false}} {
		err := test.seen.Check(Meta{Sequence: test.now}, "thing")
		if (err == nil) != test.ok || err != nil && (!Is(err, Aborted) || err.Error() != "the thing was changed by somebody else meanwhile (COMMAND-stale)") {
			t.Errorf("seen %d, now %d: %v", test.seen, test.now, err)
		}
	}
}
