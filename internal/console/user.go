package console

import (
	"net/url"
	"slices"

	"github.com/latchkey-iam/latchkey/internal/iam"
)

// usersPage is what templates/users.html shows.
type usersPage struct {
	*listing
	Tabs    []navItem
	Machine bool
	Users   []iam.User
	At, New string // where users lie; where a new one is made, or empty
}

// users lists the organization's humans or service users.
func users(v *visit) error {
	kind := iam.Human
	if v.value("type") == string(iam.Machine) {
		kind = iam.Machine
	}
	at := v.base() + "/users"
	p := usersPage{Machine: kind == iam.Machine, At: at}
	p.listing = v.newListing(at, []string{"type"}, v.stateFilter(iam.Active, iam.Inactive, iam.Locked),
		sorting{"created", "", true}, sorting{"name", iam.FieldDisplayName, false}, sorting{"user_name", iam.FieldUserName, false})
	filter := iam.Filter{All: []iam.Filter{
		iam.FieldOrgID.Is(v.org.ID), iam.FieldUserType.Is(string(kind)), p.stateIs(),
		p.search(iam.FieldUserName, iam.FieldDisplayName, iam.FieldEmail),
	}}
	l, err := v.h.Directory.Users(v.r.Context(), v.caller, filter, p.page())
	if err != nil {
		return err
	}
	p.Users, p.Total = l.Items, l.Total
	p.Tabs = []navItem{
		{Path: at, Label: v.text("users.humans"), Current: !p.Machine},
		{Path: at + "?type=machine", Label: v.text("users.machines"), Current: p.Machine},
	}
	if v.may(iam.UserWrite) {
		p.New = at + "/new"
		if p.Machine {
			p.New = at + "/new-service-user"
		}
	}
	return v.show(200, "users", v.text("users.title"), p)
}

// stateFilter is the filter of a list by state.
func (v *visit) stateFilter(states ...iam.State) []choice {
	out := []choice{{Label: v.text("list.all")}}
	for _, s := range states {
		out = append(out, choice{Value: string(s), Label: v.text("state." + string(s))})
	}
	return out
}

// stateIs is the condition that the filter of states chooses.
func (l *listing) stateIs() iam.Filter { return l.filterIs(iam.FieldState) }

// userPath is where a user's pages are: for users of this organization, and who
// may read them.
func (v *visit) userPath(orgID, id string) string {
	if orgID != v.org.ID || !v.may(iam.UserRead) {
		return ""
	}
	return v.base() + "/users/" + url.PathEscape(id)
}

// userHead is what every page about one user begins with.
type userHead struct {
	iam.User
	At     string
	Crumbs []navItem
	Tabs   []navItem
	May    struct{ Write, Delete bool }
	// SecretID is of the present client secret, or "none": what generating another one replaces.
	SecretID string
}

// U is the head itself, for templates.
func (h userHead) U() userHead { return h }

// Machine reports whether it is a service user.
func (h userHead) Machine() bool { return h.Type == iam.Machine }

// userAt finds the user of the path and what its pages begin with.
func (v *visit) userAt() (userHead, error) {
	u, err := v.h.Directory.User(v.r.Context(), v.caller, v.id("user"))
	if err != nil {
		return userHead{}, err
	}
	return v.userHead(u)
}

func (v *visit) userHead(u iam.User) (userHead, error) {
	h := userHead{User: u, At: v.base() + "/users/" + url.PathEscape(u.ID)}
	h.May.Write, h.May.Delete = v.may(iam.UserWrite), v.may(iam.UserDelete)
	list := v.base() + "/users"
	h.Crumbs = []navItem{{Path: list, Label: v.text("users.humans")}}
	if u.Type == iam.Machine {
		h.Crumbs = []navItem{{Path: list + "?type=machine", Label: v.text("users.machines")}}
	}
	machine := func(key string) string { return if_(u.Type == iam.Machine, key) }
	h.Tabs = v.tabs(h.At,
		"", "user.tab.general",
		"/authorizations", if_(v.may(iam.AuthorizationRead), "user.tab.authorizations"),
		"/tokens", machine("user.tab.tokens"),
		"/quickstart", machine("user.tab.quickstart"),
		"/memberships", if_(v.may(iam.UserMembershipRead), "user.tab.memberships"),
		"/activity", "user.tab.activity",
	)
	var err error
	if u.Type == iam.Machine {
		h.SecretID, err = v.h.Directory.SecretID(v.r.Context(), v.caller, u.ID)
	}
	return h, err
}

// userPage is what templates/user.html shows.
type userPage struct {
	userHead
	*form
	TokenTypes []choice
}

// user shows one user and changes it.
func user(v *visit) error {
	head, err := v.userAt()
	if err != nil {
		return err
	}
	if head.Machine() {
		return machine(v, head)
	}
	return human(v, head)
}

// deactivateUser switches a user off.
func deactivateUser(v *visit) error {
	head, err := v.userAt()
	if err != nil {
		return err
	}
	if err := v.require(iam.UserWrite); err != nil {
		return err
	}
	if v.posts() && head.State == iam.Inactive { // a second submit
		return v.goTo(head.At, "user.deactivate")
	}
	c := head.confirmation(v, v.ifSelf(head), if_(head.Machine(), "user.effect.tokens"), if_(!head.Machine(), "user.effect.sessions"), "user.effect.back")
	return v.confirm(c, "user.deactivate", func() error {
		_, err := v.h.Directory.DeactivateUser(v.r.Context(), v.caller, head.ID)
		return err
	})
}

// reactivateUser switches a deactivated user on again.
func reactivateUser(v *visit) error {
	return v.switchOn("user.reactivate", func(head userHead) error {
		_, err := v.h.Directory.ReactivateUser(v.r.Context(), v.caller, head.ID)
		return err
	})
}

// unlockUser ends a lock.
func unlockUser(v *visit) error {
	return v.switchOn("user.unlock", func(head userHead) error {
		_, err := v.h.Directory.UnlockUser(v.r.Context(), v.caller, head.ID)
		return err
	})
}

// switchOn does what stops nothing from working, without asking. Fetching its
// address leads to the user.
func (v *visit) switchOn(done string, do func(userHead) error) error {
	head, err := v.userAt()
	if err != nil {
		return err
	}
	if !v.posts() {
		return v.goTo(head.At, "")
	}
	if err := v.require(iam.UserWrite); err != nil {
		return err
	}
	if head.State != iam.Active { // else a second submit
		if err := do(head); err != nil {
			return err
		}
	}
	return v.goTo(head.At, done)
}

// deleteUser removes a user, after saying what goes with it.
func deleteUser(v *visit) error {
	head, err := v.userAt()
	if err != nil {
		return err
	}
	if err := v.require(iam.UserDelete); err != nil {
		return err
	}
	held, err := v.h.Directory.UserHoldings(v.r.Context(), v.caller, head.ID)
	if err != nil {
		return err
	}
	c := head.confirmation(v, v.ifSelf(head), if_(head.Machine(), "user.effect.tokens"), if_(!head.Machine(), "user.effect.sessions"))
	c.Effects = slices.Concat(c.Effects, v.effect("user.effect.authorizations", held.Authorizations),
		v.effect("user.effect.credentials", held.Credentials), v.effect("user.effect.memberships", held.Memberships),
		[]string{v.text("effect.forever")})
	c.Back = head.Crumbs[0].Path
	return v.confirm(c, "user.delete", func() error {
		_, err := v.h.Directory.RemoveUser(v.r.Context(), v.caller, head.ID)
		return err
	})
}

// ifSelf is the key of what to know before one switches oneself off.
func (v *visit) ifSelf(head userHead) string {
	return if_(head.User.ID == v.signed.User.ID, "user.effect.self")
}

// confirmation is about this user: effects are keys of texts, empty ones left out.
func (h userHead) confirmation(v *visit, effects ...string) confirmation {
	c := confirmation{Crumbs: append(h.Crumbs, navItem{Path: h.At, Label: h.Label()}), Name: h.UserName, Back: h.At}
	for _, key := range effects {
		if key != "" {
			c.Effects = append(c.Effects, v.text(key))
		}
	}
	return c
}
