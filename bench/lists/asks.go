package main

import (
	"context"
	"strings"

	"github.com/latchkey-iam/latchkey/internal/iam"
	"github.com/latchkey-iam/latchkey/internal/store"
)

// asking asks for one page and returns how many rows it has, and the total.
type asking func(ctx context.Context, r store.Reader, reach iam.Reach, f iam.Filter, page iam.Page) (int, uint64, error)

func lister[T any](list func(store.Reader, context.Context, iam.Reach, iam.Filter, iam.Page) (store.List[T], error)) asking {
	return func(ctx context.Context, r store.Reader, reach iam.Reach, f iam.Filter, page iam.Page) (int, uint64, error) {
		l, err := list(r, ctx, reach, f, page)
		return len(l.Items), l.Total, err
	}
}

// ask is one thing that somebody asks of a list.
type ask struct {
	list   string
	caller caller
	what   string
	filter iam.Filter
	page   iam.Page
	run    asking
	slow   bool // contains and ends-with: they may take longer
}

// book collects what is asked of one list.
type book struct {
	list string
	run  asking
	asks []ask
}

func (b *book) ask(what string, f iam.Filter, page iam.Page, callers ...caller) {
	if page.Limit == 0 {
		page.Limit = 100
	}
	slow := strings.Contains(what, "contains") || strings.Contains(what, "ends")
	for _, c := range callers {
		b.asks = append(b.asks, ask{b.list, c, what, f, page, b.run, slow})
	}
}

// text asks in each way to compare a text.
func (b *book) text(name string, field iam.Field, equal, prefix, part, end string, callers ...caller) {
	for _, way := range []struct {
		how   string
		match iam.Match
		text  string
	}{
		{"=", iam.EqualsFold, equal},
		{"begins with", iam.StartsWithFold, prefix},
		{"contains", iam.ContainsFold, part},
		{"ends with", iam.EndsWithFold, end},
	} {
		if way.text != "" {
			b.ask(name+" "+way.how+" "+way.text, iam.Filter{Field: field, Match: way.match, Text: way.text}, iam.Page{}, callers...)
		}
	}
}

// sort asks in the order of each field, both ways.
func (b *book) sort(fields []iam.Field, callers ...caller) {
	for _, f := range fields {
		b.ask("by "+string(f), iam.Filter{}, iam.Page{SortBy: f, Asc: true}, callers...)
	}
}

func is(f iam.Field, text string) iam.Filter { return f.Is(text) }

func all(fs ...iam.Filter) iam.Filter { return iam.Filter{All: fs} }

func contains(f iam.Field, text string) iam.Filter {
	return iam.Filter{Field: f, Match: iam.ContainsFold, Text: text}
}

func not(f iam.Filter) iam.Filter { return iam.Filter{Not: &f} }

// asks is everything that is measured.
func asks(s sizes) []ask {
	var out []ask
	for _, part := range []func(sizes) []ask{
		askUsers, askAuthorizations, askCredentials, askProjects, askGrants, askGranted, askOrgs, askRoles, askMemberships, askEvents,
	} {
		out = append(out, part(s)...)
	}
	return out
}

func askUsers(s sizes) []ask {
	b := &book{list: "users", run: lister(store.Reader.Users)}
	wide := []caller{everywhere(), inLarge(), ownerOfLarge(), inSmall(), ownerOfSmall(), managerOfProject(), ownerOfSeveral()}
	some := []caller{everywhere(), inLarge(), ownerOfLarge(), ownerOfSmall()}
	none := iam.Filter{}
	b.ask("", none, iam.Page{}, wide...)
	b.ask("oldest first", none, iam.Page{Asc: true}, some...)
	b.ask("type = human", is(iam.FieldUserType, "human"), iam.Page{}, some...)
	b.ask("type = machine", is(iam.FieldUserType, "machine"), iam.Page{}, some...)
	b.ask("state = active", is(iam.FieldState, "active"), iam.Page{}, some...)
	b.ask("state = locked", is(iam.FieldState, "locked"), iam.Page{}, some...)
	b.ask("type = machine, state = locked", all(is(iam.FieldUserType, "machine"), is(iam.FieldState, "locked")), iam.Page{}, some...)
	b.ask("organization = large", is(iam.FieldOrgID, orgID(1)), iam.Page{}, everywhere())
	b.ask("id in 3", iam.FieldID.In([]string{userID(7), userID(70), userID(700)}), iam.Page{}, some...)
	large := userName(s.users)
	b.text("user name", iam.FieldUserName, large, "svc-7777", "7777", "7777", some...)
	b.ask("user name = exactly "+large, is(iam.FieldUserName, large), iam.Page{}, some...)
	b.ask("user name begins with exactly svc-7777", iam.Filter{Field: iam.FieldUserName, Match: iam.StartsWith, Text: "svc-7777"}, iam.Page{}, some...)
	b.ask("e-mail one of 2", iam.FieldEmail.In([]string{personName(s.users), "nobody@example.com"}), iam.Page{}, some...)
	b.text("user name", iam.FieldUserName, "nothing", "nothing", "nothing", "nothing", everywhere(), ownerOfLarge())
	b.text("user name", iam.FieldUserName, "", "svc-", "svc", "", everywhere(), ownerOfLarge())
	b.text("e-mail", iam.FieldEmail, personName(s.users), "person-77", "son-77", "7@example.com", some...)
	b.text("display name", iam.FieldDisplayName, "", "Connector 77", "777", "777", some...)
	b.text("first name", iam.FieldFirstName, "Ann30", "Ann3", "nn3", "", some...)
	b.text("last name", iam.FieldLastName, "Lee77", "Lee77", "ee77", "", some...)
	b.ask("user name contains 777, type = machine", all(contains(iam.FieldUserName, "777"), is(iam.FieldUserType, "machine")), iam.Page{}, some...)
	b.ask("not type = machine", not(is(iam.FieldUserType, "machine")), iam.Page{}, everywhere(), inLarge())
	b.sort([]iam.Field{
		iam.FieldUserName, iam.FieldDisplayName, iam.FieldEmail, iam.FieldFirstName, iam.FieldLastName, iam.FieldNickName, iam.FieldState, iam.FieldUserType,
	}, some...)
	b.ask("type = machine, by user_name", is(iam.FieldUserType, "machine"), iam.Page{SortBy: iam.FieldUserName, Asc: true}, some...)
	b.ask("from 10,000", none, iam.Page{Offset: 10_000}, some[:3]...)
	b.ask("from 90,000", none, iam.Page{Offset: 90_000}, some[:3]...)
	b.ask("from 900,000", none, iam.Page{Offset: 900_000}, everywhere())
	b.ask("by user_name from 90,000", none, iam.Page{Offset: 90_000, SortBy: iam.FieldUserName}, some[:3]...)
	return b.asks
}

func askAuthorizations(s sizes) []ask {
	b := &book{list: "authorizations", run: lister(store.Reader.Authorizations)}
	wide := []caller{everywhere(), inLarge(), ownerOfLarge(), inSmall(), ownerOfSmall(), managerOfProject(), ownerOfSeveral()}
	some := []caller{everywhere(), inLarge(), ownerOfLarge(), ownerOfSmall(), managerOfProject()}
	none := iam.Filter{}
	b.ask("", none, iam.Page{}, wide...)
	b.ask("oldest first", none, iam.Page{Asc: true}, some...)
	b.ask("user", is(iam.FieldUserID, userID(500)), iam.Page{}, some...)
	b.ask("one of 3 users", iam.FieldUserID.In([]string{userID(500), userID(510), userID(7)}), iam.Page{}, some...)
	b.ask("project = lent to all", is(iam.FieldProjectID, projectID(1)), iam.Page{}, some...)
	b.ask("project = of the small org", is(iam.FieldProjectID, projectID(firstProject(small))), iam.Page{}, some...)
	b.ask("project grant = of the small org", is(iam.FieldGrantID, grantID(small)), iam.Page{}, some...)
	b.ask("organization = large", is(iam.FieldOrgID, orgID(1)), iam.Page{}, everywhere())
	b.ask("organization = small", is(iam.FieldOrgID, orgID(small)), iam.Page{}, everywhere())
	b.ask("state = inactive", is(iam.FieldState, "inactive"), iam.Page{}, some...)
	b.ask("role = common", is(iam.FieldRoleKey, "app.reader.2"), iam.Page{}, some...)
	b.ask("role = rare", is(iam.FieldRoleKey, "app.reader.10"), iam.Page{}, some...)
	b.ask("role = none", is(iam.FieldRoleKey, "app.nobody"), iam.Page{}, some...)
	b.ask("role = rare, project = lent to all", all(is(iam.FieldRoleKey, "app.reader.10"), is(iam.FieldProjectID, projectID(1))), iam.Page{}, some...)
	b.ask("role begins with app.reader.1", iam.Filter{Field: iam.FieldRoleKey, Match: iam.StartsWith, Text: "app.reader.1"}, iam.Page{}, some...)
	b.text("user name", iam.FieldUserName, userName(s.users), "svc-7777", "7777", "7777", some...)
	b.text("user name", iam.FieldUserName, "nothing", "nothing", "nothing", "nothing", everywhere(), ownerOfLarge())
	b.text("user name", iam.FieldUserName, "", "svc-", "svc", "", everywhere(), ownerOfLarge())
	b.text("display name", iam.FieldDisplayName, "", "Connector 77", "777", "777", some...)
	b.text("e-mail", iam.FieldEmail, personName(s.users), "person-77", "son-77", "7@example.com", some...)
	b.text("project name", iam.FieldProjectName, "Project 4", "Project 24", "oject 24", "249", some...)
	b.text("organization name", iam.FieldOrgName, "Organization 500", "Organization 50", "ation 50", "", everywhere(), ownerOfLarge())
	b.ask("user's organization = large", is(iam.FieldUserOrgID, orgID(1)), iam.Page{}, some...)
	b.ask("user's organization = small", is(iam.FieldUserOrgID, orgID(small)), iam.Page{}, some...)
	b.ask("user's type = human", is(iam.FieldUserType, "human"), iam.Page{}, some...)
	b.ask("project's organization = small", is(iam.FieldProjectOrgID, orgID(small)), iam.Page{}, some...)
	b.sort([]iam.Field{
		iam.FieldChanged, iam.FieldID, iam.FieldUserID, iam.FieldProjectID, iam.FieldOrgID, iam.FieldUserOrgID,
	}, some...)
	b.ask("from 10,000", none, iam.Page{Offset: 10_000}, some[:3]...)
	b.ask("from 90,000", none, iam.Page{Offset: 90_000}, some[:3]...)
	b.ask("from 900,000", none, iam.Page{Offset: 900_000}, everywhere())
	return b.asks
}

func askCredentials(sizes) []ask {
	b := &book{list: "PATs", run: func(ctx context.Context, r store.Reader, reach iam.Reach, f iam.Filter, page iam.Page) (int, uint64, error) {
		l, err := r.Credentials(ctx, iam.PersonalAccessToken, reach, f, page)
		return len(l.Items), l.Total, err
	}}
	some := []caller{everywhere(), inLarge(), ownerOfLarge(), ownerOfSmall(), managerOfProject()}
	b.ask("", iam.Filter{}, iam.Page{}, some...)
	b.ask("user", is(iam.FieldUserID, userID(501)), iam.Page{}, some...)
	b.ask("id", is(iam.FieldID, "600000000000000501"), iam.Page{}, some...)
	b.ask("organization = small", is(iam.FieldOrgID, orgID(small)), iam.Page{}, some...)
	b.ask("expires before 2030", all(iam.Filter{Field: iam.FieldExpires, Match: iam.Before, Time: 1900000000500000}, not(iam.Filter{Field: iam.FieldExpires, Match: iam.IsTime})), iam.Page{}, some...)
	b.sort([]iam.Field{iam.FieldExpires, iam.FieldID, iam.FieldUserID, iam.FieldOrgID}, some...)
	return b.asks
}

func askProjects(sizes) []ask {
	b := &book{list: "projects", run: lister(store.Reader.Projects)}
	some := []caller{everywhere(), ownerOfLarge(), ownerOfSmall(), managerOfProject()}
	b.ask("", iam.Filter{}, iam.Page{}, some...)
	b.text("name", iam.FieldName, "Project 249", "Project 24", "24", "49", some...)
	b.ask("id in 3", iam.FieldID.In([]string{projectID(1), projectID(2), projectID(2500)}), iam.Page{}, some...)
	b.sort([]iam.Field{iam.FieldName, iam.FieldID, iam.FieldChanged}, some...)
	return b.asks
}

func askGrants(sizes) []ask {
	b := &book{list: "project grants", run: lister(store.Reader.ProjectGrants)}
	some := []caller{everywhere(), ownerOfLarge(), ownerOfSmall(), managerOfProject()}
	b.ask("", iam.Filter{}, iam.Page{}, some...)
	b.ask("project", is(iam.FieldProjectID, projectID(1)), iam.Page{}, some...)
	b.ask("organization = large", is(iam.FieldOrgID, orgID(1)), iam.Page{}, some...)
	b.ask("granted organization", is(iam.FieldGrantedOrgID, orgID(small)), iam.Page{}, some...)
	b.ask("role", is(iam.FieldRoleKey, "app.reader.2"), iam.Page{}, some...)
	b.text("project name", iam.FieldProjectName, "Project 1", "Project 24", "24", "", some...)
	b.sort([]iam.Field{iam.FieldProjectID, iam.FieldChanged}, some...)
	return b.asks
}

func askGranted(sizes) []ask {
	b := &book{list: "granted projects", run: lister(store.Reader.GrantedProjects)}
	some := []caller{everywhere(), ownerOfLarge(), ownerOfSmall()}
	b.ask("", iam.Filter{}, iam.Page{}, some...)
	b.text("project name", iam.FieldProjectName, "Project 1", "Project 24", "24", "", some...)
	return b.asks
}

func askOrgs(sizes) []ask {
	b := &book{list: "organizations", run: lister(store.Reader.Orgs)}
	b.ask("", iam.Filter{}, iam.Page{}, everywhere(), ownerOfSeveral())
	b.ask("state = active", is(iam.FieldState, "active"), iam.Page{}, everywhere(), ownerOfSeveral())
	b.text("name", iam.FieldName, "Organization 500", "Organization 5", "ation 5", "50", everywhere(), ownerOfSeveral())
	b.text("domain", iam.FieldDomain, "organization-500.localhost", "organization-5", "tion-5", "50.localhost", everywhere(), ownerOfSeveral())
	b.sort([]iam.Field{iam.FieldName}, everywhere(), ownerOfSeveral())
	return b.asks
}

func askRoles(sizes) []ask {
	b := &book{list: "roles", run: lister(store.Reader.Roles)}
	some := []caller{everywhere(), ownerOfLarge(), managerOfProject()}
	of := is(iam.FieldProjectID, projectID(1))
	b.ask("project", of, iam.Page{}, some...)
	b.ask("project, key begins with app.reader.1", all(of, iam.Filter{Field: iam.FieldKey, Match: iam.StartsWithFold, Text: "app.reader.1"}), iam.Page{}, some...)
	b.ask("project, by key", of, iam.Page{SortBy: iam.FieldKey, Asc: true}, some...)
	return b.asks
}

func askMemberships(sizes) []ask {
	b := &book{list: "memberships", run: lister(store.Reader.Memberships)}
	some := []caller{everywhere(), inLarge(), ownerOfLarge(), ownerOfSmall(), managerOfProject()}
	b.ask("", iam.Filter{}, iam.Page{}, some...)
	b.ask("user", is(iam.FieldUserID, userID(50)), iam.Page{}, some...)
	b.ask("of the organization", all(is(iam.FieldLevel, "org"), is(iam.FieldResourceID, orgID(1))), iam.Page{}, some...)
	b.ask("of the project", all(is(iam.FieldLevel, "project"), is(iam.FieldResourceID, projectID(1))), iam.Page{}, some...)
	b.ask("of the instance", all(is(iam.FieldLevel, "instance")), iam.Page{}, some...)
	b.ask("user's organization = large", is(iam.FieldUserOrgID, orgID(1)), iam.Page{}, some...)
	b.text("user name", iam.FieldUserName, "nothing", "svc-77", "77", "", some...)
	b.sort([]iam.Field{iam.FieldUserID, iam.FieldChanged}, some...)
	return b.asks
}

func askEvents(s sizes) []ask {
	b := &book{list: "events", run: lister(store.Reader.Events)}
	some := []caller{everywhere(), ownerOfLarge()}
	none := iam.Filter{}
	b.ask("", none, iam.Page{}, some...)
	b.ask("oldest first", none, iam.Page{Asc: true}, some...)
	b.ask("aggregate's id", is(iam.FieldID, userID(500)), iam.Page{}, some...)
	b.ask("user", is(iam.FieldUserID, userID(500)), iam.Page{}, some...)
	b.ask("aggregate = user", is(iam.FieldAggregate, "user"), iam.Page{}, some...)
	b.ask("aggregate = project (none)", is(iam.FieldAggregate, "project"), iam.Page{}, some...)
	b.ask("editor = system", is(iam.FieldEditorID, "system"), iam.Page{}, some...)
	b.ask("editor = one of the small org", is(iam.FieldEditorID, userID(small)), iam.Page{}, some...)
	b.ask("editor = nobody", is(iam.FieldEditorID, nobody), iam.Page{}, some...)
	b.ask("type = common", is(iam.FieldName, "user.grant.added"), iam.Page{}, some...)
	b.ask("type = none", is(iam.FieldName, "org.removed"), iam.Page{}, some...)
	b.ask("type = one of 3", iam.FieldName.In([]string{"org.removed", "user.removed", "user.human.added"}), iam.Page{}, some...)
	b.ask("organization = large", is(iam.FieldOrgID, orgID(1)), iam.Page{}, everywhere())
	b.ask("organization = small", is(iam.FieldOrgID, orgID(small)), iam.Page{}, everywhere())
	b.ask("organization = large, type = none", all(is(iam.FieldOrgID, orgID(1)), is(iam.FieldName, "org.removed")), iam.Page{}, everywhere())
	b.ask("project = lent to all", is(iam.FieldProjectID, projectID(1)), iam.Page{}, some...)
	middle := int64(1700000000000000) + int64(s.users)/2*3000
	b.ask("until the middle", iam.Filter{Field: iam.FieldCreated, Match: iam.AtMost, Time: middle}, iam.Page{}, some...)
	b.ask("from the middle, oldest first", iam.Filter{Field: iam.FieldCreated, Match: iam.AtLeast, Time: middle}, iam.Page{Asc: true}, some...)
	b.ask("within a second in the middle", all(iam.Filter{Field: iam.FieldCreated, Match: iam.AtLeast, Time: middle},
		iam.Filter{Field: iam.FieldCreated, Match: iam.Before, Time: middle + 1_000_000}), iam.Page{}, some...)
	b.ask("from 90,000", none, iam.Page{Offset: 90_000}, some...)
	b.ask("from 2,000,000", none, iam.Page{Offset: 2_000_000}, everywhere())
	return b.asks
}
