package directory_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/latchkey-iam/latchkey/internal/directory"
	"github.com/latchkey-iam/latchkey/internal/iam"
	"github.com/latchkey-iam/latchkey/internal/store/storetest"
)

// TestAvailableProjects in an organization's context are its own and those that
// were granted to it, and none of what it lends to others.
func TestAvailableProjects(t *testing.T) {
	w := newWorld(t, storetest.New(t))
	ctx := t.Context()
	for _, p := range [][2]string{{"apple", "a"}, {"pear", "a"}, {"Apricot", "b"}, {"plum", "b"}, {"secret", "b"}, {"aport", w.home.ID}} {
		w.project(p[0], p[1])
	}
	var plum string
	for _, lent := range [][2]string{{"Apricot", "a"}, {"plum", "a"}, {"apple", "b"}, {"aport", "a"}, {"secret", w.home.ID}} {
		g, err := w.CreateProjectGrant(ctx, w.root, lent[0], lent[1], nil)
		w.ok(err)
		if lent[0] == "plum" {
			plum = g.ID
		}
	}
	w.machine("grants", "a")
	_, err := w.AddMember(ctx, w.root, directory.Resource{Level: iam.LevelProjectGrant, ID: plum}, "grants", []string{"PROJECT_GRANT_OWNER"})
	w.ok(err)
	w.machine("projects", "a")
	_, err = w.AddMember(ctx, w.root, directory.Resource{Level: iam.LevelProject, ID: "apple"}, "projects", []string{"PROJECT_OWNER"})
	w.ok(err)
	named := func(f iam.Field, text string) iam.Filter {
		return iam.Filter{Field: f, Match: iam.ContainsFold, Text: text}
	}
	for what, c := range map[string]iam.Caller{"nobody": {}, "nobody in the context": iam.Caller{}.In("a")} {
		w.want(iam.Unauthenticated, what, errOf(w.AvailableProjects(ctx, c, iam.Filter{}, iam.Filter{}, page)))
	}
	for _, id := range []string{"owner-b", "plain-a"} {
		w.want(iam.PermissionDenied, id, errOf(w.AvailableProjects(ctx, w.callers[id].In("a"), iam.Filter{}, iam.Filter{}, page)))
	}
	owner := w.callers["owner-a"].In("a")
	all := []string{"apple", "pear", "Apricot of b", "plum of b", "aport of " + w.home.ID}
	for _, test := range []struct {
		name   string
		caller iam.Caller
		search string
		page   iam.Page
		want   []string
		total  uint64
	}{
		{"all", owner, "", iam.Page{Asc: true}, all, 5},
		{"all to who may look", w.callers["viewer-a"].In("a"), "", iam.Page{Asc: true}, all, 5},
		{"all to the instance's owner", w.root.In("a"), "", iam.Page{Asc: true}, all, 5},
		{"newest first", owner, "", iam.Page{}, []string{"pear", "apple", all[4], all[3], all[2]}, 5},
		{"by name", owner, "", iam.Page{Asc: true, SortBy: iam.FieldName}, []string{"apple", "pear", all[4], all[2], all[3]}, 5},
		{"by change", owner, "", iam.Page{Asc: true, SortBy: iam.FieldChanged}, all, 5},
		{"search", owner, "AP", iam.Page{Asc: true}, []string{"apple", "Apricot of b", all[4]}, 3},
		{"search for what is lent", owner, "lu", iam.Page{Asc: true}, []string{"plum of b"}, 1},
		{"search for what is not lent to a", owner, "secret", iam.Page{Asc: true}, nil, 0},
		{"first page", owner, "ap", iam.Page{Asc: true, Limit: 2}, []string{"apple", "Apricot of b"}, 3},
		{"second page", owner, "ap", iam.Page{Asc: true, Limit: 2, Offset: 2}, []string{all[4]}, 3},
		{"within what is lent", owner, "", iam.Page{Asc: true, Limit: 2, Offset: 3}, all[3:], 5},
		{"the last of its own", owner, "", iam.Page{Asc: true, Limit: 1, Offset: 1}, all[1:2], 5},
		{"beyond the end", owner, "ap", iam.Page{Asc: true, Limit: 2, Offset: 9}, nil, 3},
		{"a grant's owner", w.caller("grants").In("a"), "", iam.Page{Asc: true}, []string{"plum of b"}, 1},
		{"a project's owner", w.caller("projects").In("a"), "", iam.Page{Asc: true}, []string{"apple"}, 1},
		{"in b", w.root.In("b"), "", iam.Page{Asc: true}, []string{"Apricot", "plum", "secret", "apple of a"}, 4},
	} {
		l, err := w.AvailableProjects(ctx, test.caller, named(iam.FieldName, test.search), named(iam.FieldProjectName, test.search), test.page)
		var got []string
		for _, p := range l.Items {
			text := p.Name
			if p.Grant != nil {
				text += fmt.Sprint(" of ", p.OrgID)
				if p.Grant.ProjectID != p.ID || p.Grant.GrantedOrgID != test.caller.Context() {
					t.Errorf("%s: %s is lent by %+v", test.name, text, p.Grant)
				}
			}
			got = append(got, text)
		}
		if err != nil || l.Total != test.total || !slices.Equal(got, test.want) {
			t.Errorf("%s: %q of %d, %v; want %q of %d", test.name, got, l.Total, err, test.want, test.total)
		}
	}
}
