package directory

import (
	"context"

	"github.com/latchkey-iam/latchkey/internal/iam"
	"github.com/latchkey-iam/latchkey/internal/store"
)

// Resource is what a membership is of. ID is the organization's, project's or
// project grant's id, and empty for the instance. A project grant may also be
// named by ProjectID and GrantedOrgID; where ProjectID is given it must be the
// grant's project.
type Resource struct {
	Level        iam.Level
	ID           string
	ProjectID    string
	GrantedOrgID string
}

// memberRules are what differs between the levels.
type memberRules struct {
	read, write, remove    iam.Permission
	added, changed, gone   iam.EventType
	aggregate              iam.Aggregate
	aggregateID            string
	orgID, projectID, what string
}

// resolve finds the resource and the rules of its level, and whether the
// caller may do what pick chooses.
func resolve(ctx context.Context, r store.Reader, c iam.Caller, res Resource, pick func(memberRules) iam.Permission) (Resource, memberRules, error) {
	var m memberRules
	if c.Nobody() {
		return res, m, nobody()
	}
	switch res.Level {
	case iam.LevelInstance:
		return resolveInstance(ctx, r, c, res, pick)
	case iam.LevelOrg:
		m = memberRules{
			read: iam.OrgMemberRead, write: iam.OrgMemberWrite, remove: iam.OrgMemberDelete,
			added: iam.OrgMemberAdded, changed: iam.OrgMemberChanged, gone: iam.OrgMemberRemoved,
			aggregate: iam.AggregateOrg, aggregateID: res.ID, orgID: res.ID, what: "organization",
		}
		_, err := findOrg(ctx, r, c, pick(m), res.ID)
		return res, m, err
	case iam.LevelProject:
		m = memberRules{
			read: iam.ProjectMemberRead, write: iam.ProjectMemberWrite, remove: iam.ProjectMemberDelete,
			added: iam.ProjectMemberAdded, changed: iam.ProjectMemberChanged, gone: iam.ProjectMemberRemoved,
			aggregate: iam.AggregateProject, aggregateID: res.ID, projectID: res.ID, what: "project",
		}
		p, err := findProject(ctx, r, c, pick(m), res.ID)
		m.orgID = p.OrgID
		return res, m, err
	case iam.LevelProjectGrant:
		return resolveGrant(ctx, r, c, res, pick)
	}
	return res, m, iam.Errorf(iam.InvalidArgument, "MEMBER-lvl1", "the resource must be the instance, an organization, a project or a project grant")
}

func resolveInstance(ctx context.Context, r store.Reader, c iam.Caller, res Resource, pick func(memberRules) iam.Permission) (Resource, memberRules, error) {
	m := memberRules{
		read: iam.InstanceMemberRead, write: iam.InstanceMemberWrite, remove: iam.InstanceMemberDelete,
		added: iam.InstanceMemberAdded, changed: iam.InstanceMemberChanged, gone: iam.InstanceMemberRemoved,
		aggregate: iam.AggregateInstance, what: "instance",
	}
	if err := c.Require(pick(m), iam.Target{}); err != nil {
		return res, m, err
	}
	i, err := r.Instance(ctx)
	res.ID, m.aggregateID = i.ID, i.ID
	return res, m, err
}

// resolveGrant lets the granted organization choose who manages the grant, and
// nobody else: a manager of the grant reaches that organization's authorizations.
// In the context of the project's own organization the grant can be named too,
// by callers whose rights reach both.
func resolveGrant(ctx context.Context, r store.Reader, c iam.Caller, res Resource, pick func(memberRules) iam.Permission) (Resource, memberRules, error) {
	m := memberRules{
		read: iam.ProjectGrantMemberRead, write: iam.ProjectGrantMemberWrite, remove: iam.ProjectGrantMemberDelete,
		added: iam.ProjectGrantMemberAdded, changed: iam.ProjectGrantMemberChanged, gone: iam.ProjectGrantMemberRemoved,
		aggregate: iam.AggregateProject, what: "project grant",
	}
	var g iam.ProjectGrant
	var err error
	if res.ID == "" || res.ProjectID != "" {
		g, err = GrantRef{ProjectID: res.ProjectID, GrantID: res.ID, GrantedOrgID: res.GrantedOrgID}.read(ctx, r)
	} else {
		g, err = r.ProjectGrant(ctx, res.ID)
	}
	if err != nil {
		return res, m, found(c, pick(m), "project grant", err)
	}
	if c.Context() == g.OrgID && c.Can(pick(m), iam.Target{OrgID: g.OrgID}) {
		c = c.In(g.GrantedOrgID)
		if !c.Can(pick(m), g.TargetGranted()) {
			return res, m, iam.Errorf(iam.NotFound, "MEMBER-grt1", "project grant does not exist")
		}
	}
	res.ID, m.aggregateID, m.orgID, m.projectID = g.ID, g.ProjectID, g.GrantedOrgID, g.ProjectID
	return res, m, c.Authorise(pick(m), g.TargetGranted(), "project grant")
}

func (r memberRules) event(t iam.EventType, m iam.Membership, payload []byte) iam.Event {
	e := iam.Event{
		Type: t, Aggregate: r.aggregate, AggregateID: r.aggregateID, OrgID: r.orgID,
		ProjectID: r.projectID, UserID: m.UserID, Payload: payload,
	}
	if m.Level == iam.LevelProjectGrant {
		e.GrantID = m.ResourceID
	}
	return e
}

// addMembership is for first managers, of objects that the same transaction made.
func addMembership(tx *store.Tx, m *iam.Membership) error {
	if err := tx.AddMembership(m); err != nil {
		return err
	}
	rules := memberRules{orgID: m.OrgID, projectID: m.ProjectID, aggregateID: m.ResourceID}
	event := iam.InstanceMemberAdded
	switch rules.aggregate = iam.AggregateInstance; m.Level {
	case iam.LevelOrg:
		rules.aggregate, event = iam.AggregateOrg, iam.OrgMemberAdded
	case iam.LevelProject:
		rules.aggregate, event = iam.AggregateProject, iam.ProjectMemberAdded
	}
	return tx.Record(rules.event(event, *m, iam.Change(nil, iam.Fields{"roles": m.Roles})))
}

func toWrite(m memberRules) iam.Permission  { return m.write }
func toRead(m memberRules) iam.Permission   { return m.read }
func toRemove(m memberRules) iam.Permission { return m.remove }

// AddMember makes a user a manager of a resource. Kind: AlreadyExists.
func (d *Directory) AddMember(ctx context.Context, c iam.Caller, res Resource, userID string, roles []string) (iam.Membership, error) {
	var m iam.Membership
	err := d.write(ctx, c, func(tx *store.Tx) error {
		res, rules, err := resolve(ctx, tx.Reader, c, res, toWrite)
		if err != nil {
			return err
		}
		m = iam.Membership{UserID: userID, Level: res.Level, ResourceID: res.ID, OrgID: rules.orgID, ProjectID: rules.projectID}
		if m.Roles, err = iam.CheckManagerRoles(res.Level, roles); err != nil {
			return err
		}
		if err := reachableUser(ctx, tx.Reader, c, userID, rules.orgID); err != nil {
			return err
		}
		if err := tx.AddMembership(&m); err != nil {
			return err
		}
		return tx.Record(rules.event(rules.added, m, iam.Change(nil, iam.Fields{"roles": m.Roles})))
	})
	return m, err
}

// UpdateMember gives a manager other roles instead. Kinds: FailedPrecondition
// for the last IAM_OWNER; Aborted when it is no longer as it was seen.
func (d *Directory) UpdateMember(ctx context.Context, c iam.Caller, res Resource, userID string, roles []string, seen iam.Version) (iam.Membership, error) {
	var m iam.Membership
	err := d.write(ctx, c, func(tx *store.Tx) error {
		res, rules, err := resolve(ctx, tx.Reader, c, res, toWrite)
		if err != nil {
			return err
		}
		if m, err = tx.Membership(ctx, userID, res.Level, res.ID); err != nil {
			return err
		}
		checked, err := iam.CheckManagerRoles(res.Level, roles)
		if err != nil {
			return err
		}
		before, after, changed := iam.Diff(iam.Fields{"roles": m.Roles}, iam.Fields{"roles": checked})
		if err := mayChange(changed, seen, m.Meta, "membership"); err != nil {
			return err
		}
		old := m.Roles
		m.Roles = checked
		if err := tx.SetMembership(&m); err != nil {
			return err
		}
		if err := keepOwner(ctx, tx, res, old); err != nil {
			return err
		}
		return tx.Record(rules.event(rules.changed, m, iam.Change(before, after)))
	})
	return m, err
}

// RemoveMember ends a membership. Kind: FailedPrecondition for the last IAM_OWNER.
func (d *Directory) RemoveMember(ctx context.Context, c iam.Caller, res Resource, userID string) (iam.Membership, error) {
	var m iam.Membership
	err := d.write(ctx, c, func(tx *store.Tx) error {
		res, rules, err := resolve(ctx, tx.Reader, c, res, toRemove)
		if err != nil {
			return err
		}
		if m, err = tx.Membership(ctx, userID, res.Level, res.ID); err != nil {
			return err
		}
		if err := tx.RemoveMembership(userID, res.Level, res.ID); err != nil {
			return err
		}
		if err := keepOwner(ctx, tx, res, m.Roles); err != nil {
			return err
		}
		m.Meta = tx.Stamp(m.Meta)
		return tx.Record(rules.event(rules.gone, m, iam.Change(iam.Fields{"roles": m.Roles}, nil)))
	})
	return m, err
}

// keepOwner refuses to take away the instance's last owner, after the fact but
// before the commit. Owners that are switched off, or whose organization is, do
// not count: nobody could sign in as them. Whether one has a password or a token
// is not asked; the server's own commands give an owner either.
func keepOwner(ctx context.Context, tx *store.Tx, res Resource, before []iam.ManagerRole) error {
	if res.Level != iam.LevelInstance {
		return nil
	}
	for _, r := range before {
		if r != iam.IAMOwner {
			continue
		}
		n, err := tx.CountActiveMembers(ctx, res.Level, res.ID, iam.IAMOwner)
		if err != nil {
			return err
		}
		if n == 0 {
			return iam.Errorf(iam.FailedPrecondition, "MEMBER-last", "the instance must keep at least one active IAM_OWNER")
		}
	}
	return nil
}

// keepingOwner is keepOwner for what removes users, with whom their memberships
// go, or switches them off.
func keepingOwner(ctx context.Context, tx *store.Tx, users iam.Filter, act func() error) error {
	managers, err := tx.Memberships(ctx, iam.Reach{All: true},
		both(iam.FieldLevel.Is(string(iam.LevelInstance)), users), iam.Page{Limit: iam.MaxLimit})
	if err != nil {
		return err
	}
	if err := act(); err != nil {
		return err
	}
	for _, m := range managers.Items {
		if err := keepOwner(ctx, tx, Resource{Level: m.Level, ID: m.ResourceID}, m.Roles); err != nil {
			return err
		}
	}
	return nil
}

// Members lists who manages a resource.
func (d *Directory) Members(ctx context.Context, c iam.Caller, res Resource, f iam.Filter, page iam.Page) (store.List[iam.Membership], error) {
	var none store.List[iam.Membership]
	res, _, err := resolve(ctx, d.Store.Read(), c, res, toRead)
	if err != nil {
		return none, err
	}
	if page, err = page.Check(); err != nil {
		return none, err
	}
	own := iam.Filter{All: []iam.Filter{iam.FieldLevel.Is(string(res.Level)), iam.FieldResourceID.Is(res.ID)}}
	return d.Store.Read().Memberships(ctx, iam.Reach{All: true}, both(own, f), page)
}

// ManagerRoles lists the roles that can be given at a level, for those who may
// see the managers of something there.
func (d *Directory) ManagerRoles(c iam.Caller, level iam.Level) ([]iam.ManagerRole, error) {
	if c.Nobody() {
		return nil, nobody()
	}
	p := iam.InstanceMemberRead
	switch level {
	case iam.LevelOrg:
		p = iam.OrgMemberRead
	case iam.LevelProject:
		p = iam.ProjectMemberRead
	case iam.LevelProjectGrant:
		p = iam.ProjectGrantMemberRead
	}
	reach := c.Reach(p)
	reach.UserID = ""
	if reach.Empty() {
		return nil, c.Require(p, iam.Target{OrgID: c.Context()})
	}
	return iam.ManagerRoles(level), nil
}

// Administrators lists the memberships of all levels that the caller may see,
// its own among them.
func (d *Directory) Administrators(ctx context.Context, c iam.Caller, f iam.Filter, page iam.Page) (store.List[iam.Membership], error) {
	var none store.List[iam.Membership]
	if c.Nobody() {
		return none, nobody()
	}
	page, err := page.Check()
	if err != nil {
		return none, err
	}
	if c.Reach(iam.InstanceMemberRead).All {
		return d.Store.Read().Memberships(ctx, iam.Reach{All: true}, f, page)
	}
	// Each level has its own permission; the reach of one must not open another's.
	visible := []iam.Filter{iam.FieldUserID.Is(c.UserID())}
	for _, l := range []struct {
		level iam.Level
		p     iam.Permission
	}{
		{iam.LevelOrg, iam.OrgMemberRead},
		{iam.LevelProject, iam.ProjectMemberRead},
		{iam.LevelProjectGrant, iam.ProjectGrantMemberRead},
	} {
		reach := c.Reach(l.p)
		within := []iam.Filter{
			iam.FieldResourceOrgID.In(reach.OrgIDs), iam.FieldProjectID.In(reach.ProjectIDs), iam.FieldGrantID.In(reach.GrantIDs),
		}
		if reach.All {
			within = []iam.Filter{{}}
		}
		visible = append(visible, iam.Filter{All: []iam.Filter{iam.FieldLevel.Is(string(l.level)), {Any: within}}})
	}
	return d.Store.Read().Memberships(ctx, iam.Reach{All: true}, both(iam.Filter{Any: visible}, f), page)
}

// MembershipsOf lists what one user manages, as far as the caller may know.
// Everyone may know its own.
func (d *Directory) MembershipsOf(ctx context.Context, c iam.Caller, userID string, f iam.Filter, page iam.Page) (store.List[iam.Membership], error) {
	var none store.List[iam.Membership]
	if _, err := findUser(ctx, d.Store.Read(), c, iam.UserMembershipRead, userID, true); err != nil {
		return none, err
	}
	page, err := page.Check()
	if err != nil {
		return none, err
	}
	reach := c.Reach(iam.UserMembershipRead)
	if userID == c.UserID() {
		reach = iam.Reach{UserID: userID}
	}
	return d.Store.Read().Memberships(ctx, reach, both(iam.FieldUserID.Is(userID), f), page)
}

// OfResource is the filter for the memberships of one resource, which need not
// exist. It opens nothing: the list says who may see what.
func (d *Directory) OfResource(ctx context.Context, res Resource) (iam.Filter, error) {
	level := iam.FieldLevel.Is(string(res.Level))
	switch res.Level {
	case iam.LevelInstance:
		return level, nil
	case iam.LevelProjectGrant:
		g, err := GrantRef{ProjectID: res.ProjectID, GrantID: res.ID, GrantedOrgID: res.GrantedOrgID}.read(ctx, d.Store.Read())
		if iam.Is(err, iam.NotFound) {
			return iam.Filter{Any: []iam.Filter{}}, nil
		}
		if err != nil {
			return iam.Filter{}, err
		}
		res.ID = g.ID
	}
	return iam.Filter{All: []iam.Filter{level, iam.FieldResourceID.Is(res.ID)}}, nil
}
