package console

import (
	"net/url"
	"slices"

	"github.com/latchkey-iam/latchkey/internal/directory"
	"github.com/latchkey-iam/latchkey/internal/iam"
)

// place is whose managers a page is about: the instance, an organization or a project.
type place struct {
	Resource directory.Resource
	At       string // where the list of managers is
	Name     string
	Crumbs   []navItem
	Project  *projectHead
	Write    bool
	Delete   bool
}

// placeAt finds the place by the path.
func (v *visit) placeAt() (place, error) {
	switch {
	case v.id("project") != "":
		head, err := v.projectAt()
		if err != nil {
			return place{}, err
		}
		return place{
			Resource: directory.Resource{Level: iam.LevelProject, ID: head.ID}, At: head.At + "/managers", Name: head.Name,
			Crumbs: append(slices.Clone(head.Crumbs), navItem{Path: head.At, Label: head.Name}), Project: &head,
			Write:  v.caller.Can(iam.ProjectMemberWrite, head.Target()) && !head.Internal,
			Delete: v.caller.Can(iam.ProjectMemberDelete, head.Target()) && !head.Internal,
		}, nil
	case v.org.ID != "":
		return place{
			Resource: directory.Resource{Level: iam.LevelOrg, ID: v.org.ID}, At: v.base() + "/managers", Name: v.org.Name,
			Write: v.may(iam.OrgMemberWrite), Delete: v.may(iam.OrgMemberDelete),
		}, nil
	}
	return place{
		Resource: directory.Resource{Level: iam.LevelInstance}, At: "/ui/console/instance/managers", Name: v.text("instance.title"),
		Crumbs: []navItem{{Path: "/ui/console/instance", Label: v.text("instance.title")}},
		Write:  v.caller.Can(iam.InstanceMemberWrite, iam.Target{}), Delete: v.caller.Can(iam.InstanceMemberDelete, iam.Target{}),
	}, nil
}

// Way is the way to a page about one manager.
func (p place) Way(managers string) []navItem {
	return append(slices.Clone(p.Crumbs), navItem{Path: p.At, Label: managers})
}

// managersPage is what templates/managers.html shows.
type managersPage struct {
	place
	*listing
	Members []memberRow
	New     bool // a user can be chosen to be made a manager
}

// memberRow is a manager with the page of the user, where it is of this organization.
type memberRow struct {
	iam.Membership
	UserAt string
}

// kindFilter is the filter of a list by kind of user.
func (v *visit) kindFilter() []choice {
	return []choice{
		{Label: v.text("list.kinds")},
		{Value: string(iam.Human), Label: v.text("users.humans")},
		{Value: string(iam.Machine), Label: v.text("users.machines")},
	}
}

// levelFilter is the filter of a list by what memberships are of.
func (v *visit) levelFilter() []choice {
	out := []choice{{Label: v.text("list.levels")}}
	for _, l := range []iam.Level{iam.LevelInstance, iam.LevelOrg, iam.LevelProject, iam.LevelProjectGrant} {
		out = append(out, choice{Value: string(l), Label: v.text("level." + string(l))})
	}
	return out
}

// managers lists who manages a place.
func managers(v *visit) error {
	at, err := v.placeAt()
	if err != nil {
		return err
	}
	p := managersPage{place: at, New: at.Write && v.mayAnywhere(iam.UserRead)}
	p.listing = v.newListing(at.At, nil, v.kindFilter(), sorting{"created", "", true}, sorting{"name", iam.FieldDisplayName, false})
	filter := iam.Filter{All: []iam.Filter{p.filterIs(iam.FieldUserType), p.search(iam.FieldUserName, iam.FieldDisplayName, iam.FieldEmail)}}
	l, err := v.h.Directory.Members(v.r.Context(), v.caller, at.Resource, filter, p.page())
	if err != nil {
		return err
	}
	p.Total = l.Total
	for _, m := range l.Items {
		row := memberRow{Membership: m}
		if v.org.ID != "" {
			row.UserAt = v.userPath(m.UserOrgID, m.UserID)
		}
		p.Members = append(p.Members, row)
	}
	return v.show(200, "managers", v.text("managers.title"), p)
}

// managerPage is what templates/choose-user.html, new-manager.html and manager.html show.
type managerPage struct {
	place
	*form
	User    iam.User
	Roles   []iam.ManagerRole
	Users   []iam.User
	Listing *listing
	Back    string
}

// inputManagerRoles are the checkboxes of manager roles.
const inputManagerRoles = string(iam.FieldRoles)

// newManager makes a user a manager: first the user is chosen, then the roles.
func newManager(v *visit) error {
	at, err := v.placeAt()
	if err != nil {
		return err
	}
	if !at.Write {
		return v.denied()
	}
	p := managerPage{place: at, form: v.newForm(nil), Roles: iam.ManagerRoles(at.Resource.Level), Back: at.At}
	id := v.value(string(iam.FieldUserID))
	if id == "" {
		return v.chooseUser(p)
	}
	if p.User, err = v.h.Directory.User(v.r.Context(), v.signed.Caller, id); err != nil {
		return err
	}
	if v.posts() {
		chosen := p.values[inputManagerRoles]
		_, err := v.h.Directory.AddMember(v.r.Context(), v.caller, at.Resource, id, chosen)
		switch {
		case err == nil, iam.Is(err, iam.AlreadyExists) && v.sameMember(at.Resource, id, chosen):
			return v.goTo(at.At, "manager.created")
		case !p.refuse(err, inputManagerRoles):
			return err
		}
	}
	return v.show(p.status, "new-manager", v.text("manager.new.title"), p)
}

func (v *visit) sameMember(r directory.Resource, userID string, chosen []string) bool {
	m, err := v.member(r, userID)
	return err == nil && sameRoles(m.Roles, chosen)
}

func sameRoles(held []iam.ManagerRole, chosen []string) bool {
	var names []string
	for _, r := range held {
		names = append(names, string(r))
	}
	slices.Sort(names)
	chosen = slices.Clone(chosen)
	slices.Sort(chosen)
	return slices.Equal(names, chosen)
}

// chooseUser lists the users of the organization to choose one from; for the
// instance all whom the caller may read. Others are found by their whole user name.
func (v *visit) chooseUser(p managerPage) error {
	if !v.mayAnywhere(iam.UserRead) {
		return v.denied()
	}
	p.Listing = v.newListing(p.At+"/new", nil, nil, sorting{"name", iam.FieldDisplayName, false})
	filter := p.Listing.search(iam.FieldUserName, iam.FieldDisplayName, iam.FieldEmail)
	if v.org.ID != "" {
		filter = iam.Filter{All: []iam.Filter{iam.FieldOrgID.Is(v.org.ID), filter}}
	}
	l, err := v.h.Directory.Users(v.r.Context(), v.caller, filter, p.Listing.page())
	if err != nil {
		return err
	}
	p.Users, p.Listing.Total = l.Items, l.Total
	if len(p.Users) == 0 && p.Listing.Query != "" {
		u, err := v.h.Directory.UserByName(v.r.Context(), v.signed.Caller, p.Listing.Query)
		if err == nil {
			p.Users, p.Listing.Total = []iam.User{u}, 1
		} else if !iam.Is(err, iam.NotFound) && !iam.Is(err, iam.PermissionDenied) {
			return err
		}
	}
	return v.show(200, "choose-user", v.text("manager.new.title"), p)
}

func (v *visit) member(r directory.Resource, userID string) (iam.Membership, error) {
	l, err := v.h.Directory.Members(v.r.Context(), v.caller, r, iam.FieldUserID.Is(userID), iam.Page{Limit: 1})
	if err == nil && len(l.Items) == 0 {
		err = iam.Errorf(iam.NotFound, "CONSOLE-mbr01", "manager does not exist")
	}
	if err != nil {
		return iam.Membership{}, err
	}
	return l.Items[0], nil
}

// manager shows what one manager may do, and changes it.
func manager(v *visit) error {
	at, err := v.placeAt()
	if err != nil {
		return err
	}
	m, err := v.member(at.Resource, v.id("user"))
	if err != nil {
		return err
	}
	stored := url.Values{}
	for _, r := range m.Roles {
		stored.Add(inputManagerRoles, string(r))
	}
	p := managerPage{place: at, form: v.editForm(stored, m.Sequence), Roles: iam.ManagerRoles(at.Resource.Level), Back: at.At, User: memberUser(m)}
	if v.posts() {
		chosen := p.values[inputManagerRoles]
		_, err := v.h.Directory.UpdateMember(v.r.Context(), v.caller, at.Resource, m.UserID, chosen, p.Seen)
		if done, err := v.saved(p.form, err, at.At, []string{inputManagerRoles}); done || err != nil {
			return err
		}
	}
	return v.show(p.status, "manager", m.UserLabel, p)
}

// memberUser is the user of a membership, as far as it tells.
func memberUser(m iam.Membership) iam.User {
	u := iam.User{ID: m.UserID, OrgID: m.UserOrgID, Type: m.UserType, UserName: m.UserName, Name: m.UserLabel}
	u.DisplayName = m.UserLabel
	return u
}

// deleteManager ends a membership.
func deleteManager(v *visit) error {
	at, err := v.placeAt()
	if err != nil {
		return err
	}
	m, err := v.member(at.Resource, v.id("user"))
	if err != nil {
		return err
	}
	if !at.Delete {
		return v.denied()
	}
	c := confirmation{Crumbs: at.Way(v.text("managers.title")), Name: m.UserName, Back: at.At}
	c.Effects = []string{v.text("manager.effect", at.Name)}
	return v.confirm(c, "manager.delete", func() error {
		_, err := v.h.Directory.RemoveMember(v.r.Context(), v.caller, at.Resource, m.UserID)
		return err
	})
}

// denied is the answer to somebody who may look but not change.
func (v *visit) denied() error {
	return iam.Errorf(iam.PermissionDenied, "CONSOLE-deny1", "your roles here do not allow that")
}

// membershipsPage is what templates/memberships.html shows.
type membershipsPage struct {
	userHead
	*listing
	Memberships []iam.Membership
}

// membershipsOf lists what a user manages.
func membershipsOf(v *visit) error {
	head, err := v.userAt()
	if err != nil {
		return err
	}
	p := membershipsPage{userHead: head}
	p.listing = v.newListing(head.At+"/memberships", nil, v.levelFilter(), sorting{"created", "", true})
	l, err := v.h.Directory.MembershipsOf(v.r.Context(), v.caller, head.ID, iam.Filter{All: []iam.Filter{p.filterIs(iam.FieldLevel), p.search(iam.FieldName)}}, p.page())
	if err != nil {
		return err
	}
	p.Memberships, p.Total = l.Items, l.Total
	return v.show(200, "memberships", head.Label(), p)
}
