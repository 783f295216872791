package iam

import "slices"

// Caller is who asks for an operation: a user that has just been proved to be
// good, with what it is a manager of. Operations take one as an argument; the
// zero Caller may do nothing.
type Caller struct {
	userID      string
	orgID       string
	memberships []Membership
	context     string
}

// NewCaller is the only way to a Caller. Whoever calls it has checked the
// credential and that the user and its organization are active; the
// dependency test lists who may.
func NewCaller(userID, orgID string, memberships []Membership) Caller {
	return Caller{userID: userID, orgID: orgID, memberships: memberships}
}

// UserID is the calling user.
func (c Caller) UserID() string { return c.userID }

// OrgID is the calling user's organization.
func (c Caller) OrgID() string { return c.orgID }

// Nobody reports whether there is no caller.
func (c Caller) Nobody() bool { return c.userID == "" }

// In returns the caller working in one organization's context, as Zitadel's
// first API does: what lies elsewhere does not exist for it.
func (c Caller) In(orgID string) Caller {
	c.context = orgID
	return c
}

// Context is the organization that the caller works in, or empty.
func (c Caller) Context() string { return c.context }

// Target is what an operation touches, as far as permissions reach: the owning
// organization, and the project and project grant where there are any.
// UserID is set only where a user may do the thing to itself.
type Target struct {
	OrgID     string
	ProjectID string
	GrantID   string
	UserID    string
}

// Target of an organization.
func (o Org) Target() Target { return Target{OrgID: o.ID} }

// Target of a project.
func (p Project) Target() Target { return Target{OrgID: p.OrgID, ProjectID: p.ID} }

// Target of an application, which is its project.
func (a Application) Target() Target { return Target{OrgID: a.OrgID, ProjectID: a.ProjectID} }

// Target of an application's key, which is its project.
func (k ApplicationKey) Target() Target { return Target{OrgID: k.OrgID, ProjectID: k.ProjectID} }

// Target of a user, without what it may do to itself.
func (u User) Target() Target { return Target{OrgID: u.OrgID} }

// Target of an authorization. One that came through a project grant belongs to
// the granted organization alone; managers of the project do not reach it.
func (a Authorization) Target() Target {
	if a.GrantID != "" {
		return Target{OrgID: a.OrgID, GrantID: a.GrantID}
	}
	return Target{OrgID: a.OrgID, ProjectID: a.ProjectID}
}

// Target of a project grant for the organization that gives it.
func (g ProjectGrant) Target() Target {
	return Target{OrgID: g.OrgID, ProjectID: g.ProjectID, GrantID: g.ID}
}

// TargetGranted is the target of a project grant for the organization that received it.
func (g ProjectGrant) TargetGranted() Target { return Target{OrgID: g.GrantedOrgID, GrantID: g.ID} }

// reaches reports whether a membership covers a target.
func (m Membership) reaches(t Target) bool {
	switch m.Level {
	case LevelInstance:
		return true
	case LevelOrg:
		return m.ResourceID == t.OrgID && t.OrgID != ""
	case LevelProject:
		return m.ResourceID == t.ProjectID && t.ProjectID != ""
	case LevelProjectGrant:
		return m.ResourceID == t.GrantID && t.GrantID != ""
	}
	return false
}

// allows reports whether one of the membership's roles has the permission. Only
// roles of the membership's own level count.
func (m Membership) allows(p Permission) bool {
	for _, r := range m.Roles {
		if r.Allows(p) && slices.Contains(ManagerRoles(m.Level), r) {
			return true
		}
	}
	return false
}

// opens reports whether the membership allows anything beyond the user itself.
func (m Membership) opens() bool {
	return slices.ContainsFunc(m.Roles, func(r ManagerRole) bool {
		return slices.Contains(ManagerRoles(m.Level), r) &&
			slices.ContainsFunc(r.permissions(), func(p Permission) bool { return p != UserSelfDelete })
	})
}

// Can reports whether the caller may do p to t.
func (c Caller) Can(p Permission, t Target) bool {
	if c.Nobody() {
		return false
	}
	if t.UserID == c.userID && c.context == "" {
		return true
	}
	for _, m := range c.memberships {
		if m.reaches(t) && m.allows(p) {
			return true
		}
	}
	return false
}

// Require is nil if the caller may do p to t. Kinds: Unauthenticated for nobody,
// PermissionDenied.
func (c Caller) Require(p Permission, t Target) error {
	if c.Nobody() {
		return Errorf(Unauthenticated, "AUTH-7fs1e", "no caller")
	}
	if c.Can(p, t) {
		return nil
	}
	for _, m := range c.memberships {
		if m.reaches(t) || m.OrgID == t.OrgID || t == (Target{}) {
			return Errorf(PermissionDenied, "AUTH-5mWD2", "No matching permissions found")
		}
	}
	return Errorf(PermissionDenied, "AUTHZ-cdgFk", "membership not found")
}

// Authorise decides about one object that exists at t. In an organization's
// context the permission is asked first and then whether the object lies
// there; otherwise an object that the caller may not read does not exist for
// it. Kinds: PermissionDenied; NotFound, about what.
func (c Caller) Authorise(p Permission, t Target, what string) error {
	if c.context != "" && t.OrgID != c.context {
		return c.Missing(p, what)
	}
	if c.Can(p, t) {
		return nil
	}
	if c.context == "" && p.Reads() {
		return notFound(what)
	}
	return c.Require(p, t)
}

// Missing is the error for an object that does not exist, or not for this
// caller. Kinds: NotFound; PermissionDenied for a caller who could not touch
// such an object in its context anyway.
func (c Caller) Missing(p Permission, what string) error {
	if c.context != "" && !c.could(p) {
		if err := c.Require(p, Target{OrgID: c.context}); err != nil {
			return err
		}
	}
	return notFound(what)
}

// could reports whether p is open to the caller on anything in its context.
func (c Caller) could(p Permission) bool {
	for _, m := range c.memberships {
		if m.allows(p) && (m.Level == LevelInstance || m.OrgID == c.context) {
			return true
		}
	}
	return false
}

// MayGive reports whether the caller could make someone a manager as m says. In
// whichever context it works, its rights everywhere count.
func (c Caller) MayGive(m Membership) bool {
	c.context = ""
	switch m.Level {
	case LevelInstance:
		return c.Can(InstanceMemberWrite, Target{})
	case LevelOrg:
		return c.Can(OrgMemberWrite, Target{OrgID: m.OrgID})
	case LevelProject:
		return c.Can(ProjectMemberWrite, Target{OrgID: m.OrgID, ProjectID: m.ProjectID})
	case LevelProjectGrant:
		return c.Can(ProjectGrantMemberWrite, Target{OrgID: m.OrgID, GrantID: m.ResourceID})
	}
	return false
}

// Outranks reports whether the caller could make someone a manager of all that
// somebody holds. Whoever could not may not touch that user: who makes a
// credential for an owner is one.
func (c Caller) Outranks(held []Membership) bool {
	return !slices.ContainsFunc(held, func(m Membership) bool { return !c.MayGive(m) })
}

func notFound(what string) error {
	return Errorf(NotFound, "QUERY-nf01x", "%s does not exist", what)
}

// Reach is everything to which a caller may do one thing. The zero Reach is nothing.
type Reach struct {
	All        bool
	OrgIDs     []string
	ProjectIDs []string
	GrantIDs   []string
	UserID     string // the caller itself, where users may look at themselves
}

// Empty reports whether the reach holds nothing.
func (r Reach) Empty() bool {
	return !r.All && len(r.OrgIDs) == 0 && len(r.ProjectIDs) == 0 && len(r.GrantIDs) == 0 && r.UserID == ""
}

// HasOrg reports whether the whole organization is within reach.
func (r Reach) HasOrg(id string) bool { return r.All || slices.Contains(r.OrgIDs, id) }

// Reach returns everything to which the caller may do p. In an organization's
// context that is the organization, or what lies in it.
func (c Caller) Reach(p Permission) Reach {
	var r Reach
	if c.Nobody() {
		return r
	}
	if c.context != "" && c.Can(p, Target{OrgID: c.context}) {
		r.OrgIDs = []string{c.context}
		return r
	}
	for _, m := range c.memberships {
		if !m.allows(p) || c.context != "" && m.OrgID != c.context {
			continue
		}
		switch m.Level {
		case LevelInstance:
			return Reach{All: true}
		case LevelOrg:
			r.OrgIDs = append(r.OrgIDs, m.ResourceID)
		case LevelProject:
			r.ProjectIDs = append(r.ProjectIDs, m.ResourceID)
		case LevelProjectGrant:
			r.GrantIDs = append(r.GrantIDs, m.ResourceID)
		}
	}
	if c.context == "" {
		r.UserID = c.userID
	}
	return r
}

// Places are the organizations in which the caller may do anything at all, in
// whichever context it works: its own, where it may at least look at itself, and
// those of what it manages. For managers of the instance that is all.
func (c Caller) Places() Reach {
	if c.Nobody() {
		return Reach{}
	}
	orgs := []string{c.orgID}
	for _, m := range c.memberships {
		switch {
		case !m.opens():
		case m.Level == LevelInstance:
			return Reach{All: true}
		case m.OrgID != "":
			orgs = append(orgs, m.OrgID)
		}
	}
	slices.Sort(orgs)
	return Reach{OrgIDs: slices.Compact(orgs)}
}

// Permissions lists, sorted, what the caller may do in an organization. What it
// may do only to one project or project grant is followed by a colon and its id.
func (c Caller) Permissions(orgID string) []string {
	var out []string
	for _, m := range c.memberships {
		suffix := ""
		switch {
		case m.Level == LevelInstance:
		case m.OrgID != orgID:
			continue
		case m.Level != LevelOrg:
			suffix = ":" + m.ResourceID
		}
		for _, r := range m.Roles {
			if !slices.Contains(ManagerRoles(m.Level), r) {
				continue
			}
			for _, p := range r.permissions() {
				out = append(out, string(p)+suffix)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
