package console

import (
	"net/http"
	"slices"
	"strings"

	"github.com/latchkey-iam/latchkey/internal/iam"
)

// navItem is a link of the navigation, of tabs or of the way to a page.
type navItem struct {
	Path, Label, Icon string
	Current           bool
}

// switcherSize is how many organizations the switcher lists before it leads to all.
const switcherSize = 12

// frame fills in what surrounds every page of somebody who is signed in.
func (v *visit) frame(f *frame) error {
	f.User = v.signed.User
	if v.org.ID == "" {
		return nil
	}
	page := iam.Page{Limit: switcherSize, Asc: true, SortBy: iam.FieldName}
	l, err := v.h.Directory.Contexts(v.r.Context(), v.signed.Caller, iam.Filter{}, page)
	if err != nil {
		return err
	}
	f.Orgs, f.More = l.Items, l.Total > switcherSize
	f.Nav = v.nav()
	return nil
}

// nav lists the sections of the organization that the caller may look into.
func (v *visit) nav() []navItem {
	base := v.base()
	var items []navItem
	add := func(ok bool, path, key, icon string) {
		if ok {
			items = append(items, v.navItem(base, path, key, icon))
		}
	}
	add(true, "", "nav.home", "home")
	add(v.mayAnywhere(iam.ProjectRead), "/projects", "nav.projects", "project")
	add(v.mayAnywhere(iam.UserRead), "/users", "nav.users", "users")
	add(v.mayAnywhere(iam.AuthorizationRead), "/authorizations", "nav.authorizations", "shield")
	add(v.may(iam.OrgMemberRead), "/managers", "nav.managers", "crown")
	add(v.may(iam.OrgRead), "/activity", "nav.activity", "activity")
	for i := range items { // a granted project is a project
		if items[i].Icon == "project" && strings.HasPrefix(v.r.URL.Path, base+"/granted/") {
			items[i].Current = true
		}
	}
	return items
}

// text is a text by its key; a missing one shows itself, and a test finds it.
func (v *visit) text(key string, args ...any) string {
	s, err := v.h.texts.get(key, args...)
	if err != nil {
		return "[" + key + "]"
	}
	return s
}

// tabs builds the tabs of one thing: pairs of a path's end and a text's key. An
// empty key leaves a tab out.
func (v *visit) tabs(at string, pairs ...string) []navItem {
	var items []navItem
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			items = append(items, v.navItem(at, pairs[i], pairs[i+1], ""))
		}
	}
	return items
}

// navItem is a link to path below at, labelled by a text's key. It is the current one
// on its own page and on those below it; at itself only on its own page, for it is
// above all of them.
func (v *visit) navItem(at, path, key, icon string) navItem {
	to, here := at+path, v.r.URL.Path
	return navItem{
		Path: to, Label: v.text(key), Icon: icon,
		Current: here == to || path != "" && strings.HasPrefix(here, to+"/"),
	}
}

// if_ is the key when a condition holds, else nothing: for tabs.
func if_(ok bool, key string) string {
	if ok {
		return key
	}
	return ""
}

// confirmation is an act that stops something from working: what, and the name
// to be typed before it happens.
type confirmation struct {
	*form
	Crumbs  []navItem
	Title   string
	Effects []string
	Name    string // to be typed
	Do      string // on the button
	Back    string
	Hidden  map[string]string
}

// inputTyped is where the name is typed.
const inputTyped = "typed"

// confirm shows an act before it happens, and lets act do it once the name was typed. what
// is the prefix of the act's texts.
func (v *visit) confirm(c confirmation, what string, act func() error) error {
	c.form = v.newForm(nil)
	c.Title = v.text(what+".title", c.Name)
	c.Do = v.text(what + ".do")
	if v.posts() {
		if v.value(inputTyped) != strings.TrimSpace(c.Name) {
			c.wrong(inputTyped, v.text("confirm.wrong", c.Name))
		} else {
			err := act()
			if err == nil || iam.Is(err, iam.Unchanged) || iam.Is(err, iam.NotFound) {
				return v.goTo(c.Back, what)
			}
			if !c.refuse(err) {
				return err
			}
		}
	}
	return v.show(c.status, "confirm", c.Title, c)
}

// effect is a line of text about how many there are, and nothing for none.
func (v *visit) effect(key string, n uint64) []string {
	switch n {
	case 0:
		return nil
	case 1:
		return []string{v.text(key + ".one")}
	}
	return []string{v.text(key+".many", n)}
}

// start leads to the organization to begin with: the caller's own, or the first
// that it works in, or else to its account.
func start(v *visit) error {
	own, err := v.h.Directory.Context(v.r.Context(), v.caller, v.caller.OrgID())
	if err != nil {
		return err
	}
	l, err := v.h.Directory.Contexts(v.r.Context(), v.caller, iam.Filter{}, iam.Page{Limit: 2, Asc: true, SortBy: iam.FieldName})
	if err != nil {
		return err
	}
	to := orgPath(own.ID)
	if !worksIn(v.caller, own.ID) {
		others := slices.DeleteFunc(l.Items, func(o iam.Org) bool { return o.ID == own.ID })
		if to = accountPath; len(others) > 0 {
			to = orgPath(others[0].ID)
		}
	}
	http.Redirect(v.w, v.r, to, http.StatusSeeOther)
	return nil
}

// worksIn reports whether the caller manages something in an organization.
func worksIn(c iam.Caller, orgID string) bool { return len(c.Permissions(orgID)) > 0 }

func toConsole(v *visit) error {
	http.Redirect(v.w, v.r, "/ui/console/", http.StatusSeeOther)
	return nil
}
