package directory

import (
	"context"

	"github.com/latchkey-iam/latchkey/internal/iam"
	"github.com/latchkey-iam/latchkey/internal/store"
)

// NewOrg is what [Directory.CreateOrg] makes. ID is chosen by the client or empty.
type NewOrg struct {
	ID     string
	Name   string
	Domain string // beside the one that follows from the name; see [Directory.AddOrgDomain]; optional
	Admins []NewOrgAdmin
}

// NewOrgAdmin is a first manager: an existing user, or a human to be created.
// Without roles it gets ORG_OWNER.
type NewOrgAdmin struct {
	UserID string
	Human  *NewHuman
	Roles  []string
}

// maxAdmins bounds the first managers of an organization or a project: all come
// in one transaction.
const maxAdmins = 100

// tooManyAdmins refuses more first managers than that. Kind: InvalidArgument.
func tooManyAdmins(n int) error {
	if n > maxAdmins {
		return iam.Errorf(iam.InvalidArgument, "ADMIN-many", "at most %d admins can be named at once", maxAdmins)
	}
	return nil
}

// CreateOrg creates an organization with its first managers, and returns their
// user ids in order. Kind: AlreadyExists.
func (d *Directory) CreateOrg(ctx context.Context, c iam.Caller, in NewOrg) (iam.Org, []string, error) {
	var org iam.Org
	var admins []string
	if c.Nobody() {
		return org, nil, nobody()
	}
	if err := c.Require(iam.OrgCreate, iam.Target{}); err != nil {
		return org, nil, err
	}
	if err := tooManyAdmins(len(in.Admins)); err != nil {
		return org, nil, err
	}
	for i := range in.Admins {
		if in.Admins[i].Human == nil {
			continue
		}
		if err := d.prepareHuman(ctx, in.Admins[i].Human); err != nil {
			return org, nil, err
		}
	}
	err := d.write(ctx, c, func(tx *store.Tx) error {
		var err error
		if org, err = d.addOrg(ctx, tx, in.ID, in.Name); err != nil {
			return err
		}
		if in.Domain != "" {
			if _, err := d.addOrgDomain(ctx, tx, c, org, in.Domain); err != nil {
				return err
			}
		}
		admins = admins[:0]
		for _, a := range in.Admins {
			id, err := d.addOrgAdmin(ctx, tx, c, org, a)
			if err != nil {
				return err
			}
			admins = append(admins, id)
		}
		return nil
	})
	return org, admins, err
}

func (d *Directory) addOrg(ctx context.Context, tx *store.Tx, chosenID, name string) (iam.Org, error) {
	org := iam.Org{Name: name, State: iam.Active, PrimaryDomain: iam.PrimaryDomain(name, d.Host)}
	if err := iam.CheckOrgName(name); err != nil {
		return org, err
	}
	var err error
	if org.ID, err = newID(chosenID); err != nil {
		return org, err
	}
	err = freeDomain(ctx, tx, org.PrimaryDomain, org.ID)
	if err == nil {
		err = tx.AddOrg(&org)
	}
	if err != nil {
		return org, orgNameTaken(err)
	}
	return org, tx.Record(orgEvent(iam.OrgAdded, org, iam.Change(nil, iam.Fields{
		"name": org.Name, "primaryDomain": org.PrimaryDomain,
	})))
}

func orgNameTaken(err error) error {
	return taken(err, iam.FieldName, "ORG-dup1x", "an organization with this name or domain already exists, or the id is taken")
}

func (d *Directory) addOrgAdmin(ctx context.Context, tx *store.Tx, c iam.Caller, org iam.Org, a NewOrgAdmin) (string, error) {
	id := a.UserID
	if a.Human != nil {
		u, err := d.addHuman(tx, org.ID, a.Human)
		if err == nil {
			err = firstMetadata(ctx, tx, u, a.Human.Metadata)
		}
		if err != nil {
			return "", err
		}
		id = u.ID
	} else if _, err := findUser(ctx, tx.Reader, c.In(""), iam.UserRead, id, false); err != nil {
		return "", err // the new organization is elsewhere than any context, and so may its managers be
	}
	roles := a.Roles
	if len(roles) == 0 {
		roles = []string{string(iam.OrgOwner)}
	}
	checked, err := iam.CheckManagerRoles(iam.LevelOrg, roles)
	if err != nil {
		return "", err
	}
	m := iam.Membership{UserID: id, Level: iam.LevelOrg, ResourceID: org.ID, OrgID: org.ID, Roles: checked}
	return id, addMembership(tx, &m)
}

func orgEvent(t iam.EventType, o iam.Org, payload []byte) iam.Event {
	return iam.Event{Type: t, Aggregate: iam.AggregateOrg, AggregateID: o.ID, OrgID: o.ID, Payload: payload}
}

func findOrg(ctx context.Context, r store.Reader, c iam.Caller, p iam.Permission, id string) (iam.Org, error) {
	if c.Nobody() {
		return iam.Org{}, nobody()
	}
	o, err := r.Org(ctx, id)
	if err != nil {
		return o, found(c, p, "organization", err)
	}
	if err := c.Authorise(p, o.Target(), "organization"); err != nil {
		return iam.Org{}, err
	}
	return o, nil
}

// Org finds an organization.
func (d *Directory) Org(ctx context.Context, c iam.Caller, id string) (iam.Org, error) {
	return findOrg(ctx, d.Store.Read(), c, iam.OrgRead, id)
}

// OrgByDomain finds an organization by one of its verified domains. Only those who may
// read the organization find it: a name is not a secret, but whose customers
// exist is nobody else's business.
func (d *Directory) OrgByDomain(ctx context.Context, c iam.Caller, domain string) (iam.Org, error) {
	if c.Nobody() {
		return iam.Org{}, nobody()
	}
	c = c.In("")
	o, err := d.Store.Read().OrgByDomain(ctx, iam.Fold(domain))
	if err != nil {
		return o, found(c, iam.OrgRead, "organization", err)
	}
	return findOrg(ctx, d.Store.Read(), c, iam.OrgRead, o.ID)
}

// DefaultOrg finds the instance's default organization.
func (d *Directory) DefaultOrg(ctx context.Context, c iam.Caller) (iam.Org, error) {
	i, err := d.Store.Read().Instance(ctx)
	if err != nil {
		return iam.Org{}, err
	}
	return d.Org(ctx, c, i.DefaultOrgID)
}

// SetDefaultOrg makes an organization the default one.
func (d *Directory) SetDefaultOrg(ctx context.Context, c iam.Caller, id string) (iam.Org, error) {
	var org iam.Org
	if err := c.Require(iam.InstanceSet, iam.Target{}); err != nil {
		return org, err
	}
	err := d.write(ctx, c, func(tx *store.Tx) error {
		var err error
		if org, err = findOrg(ctx, tx.Reader, c, iam.OrgRead, id); err != nil {
			return err
		}
		i, err := tx.Instance(ctx)
		if err != nil {
			return err
		}
		if i.DefaultOrgID == id {
			return unchanged("default organization")
		}
		if err := tx.SetDefaultOrg(id); err != nil {
			return err
		}
		return tx.Record(iam.Event{
			Type: iam.InstanceDefaultOrgSet, Aggregate: iam.AggregateInstance, AggregateID: i.ID, OrgID: id,
			Payload: iam.Change(iam.Fields{"orgId": i.DefaultOrgID}, iam.Fields{"orgId": id}),
		})
	})
	return org, err
}

// Orgs lists organizations.
func (d *Directory) Orgs(ctx context.Context, c iam.Caller, f iam.Filter, page iam.Page) (store.List[iam.Org], error) {
	reach, page, err := listArgs(c, iam.OrgRead, page)
	if err != nil {
		return store.List[iam.Org]{}, err
	}
	return d.Store.Read().Orgs(ctx, reach, f, page)
}

// RenameOrg gives an organization another name, and with it another domain,
// which is primary if the one of the old name was. Kinds: AlreadyExists; Aborted
// when it is no longer as it was seen.
func (d *Directory) RenameOrg(ctx context.Context, c iam.Caller, id, name string, seen iam.Version) (iam.Org, error) {
	var org iam.Org
	err := d.write(ctx, c, func(tx *store.Tx) error {
		var err error
		if org, err = findOrg(ctx, tx.Reader, c, iam.OrgWrite, id); err != nil {
			return err
		}
		if err := iam.CheckOrgName(name); err != nil {
			return err
		}
		if err := mayChange(org.Name != name, seen, org.Meta, "organization"); err != nil {
			return err
		}
		before := iam.Fields{"name": org.Name, "primaryDomain": org.PrimaryDomain}
		if err := d.moveDomain(ctx, tx, &org, name); err != nil {
			return orgNameTaken(err)
		}
		org.Name = name
		if err := tx.SetOrg(&org); err != nil {
			return orgNameTaken(err)
		}
		return tx.Record(orgEvent(iam.OrgChanged, org, iam.Change(before, iam.Fields{
			"name": org.Name, "primaryDomain": org.PrimaryDomain,
		})))
	})
	return org, err
}

// DeactivateOrg switches an organization off: none of its users gets a token
// or is a caller any more, and roles that it gave do not count. Kind:
// FailedPrecondition for the default one, and for that of the last IAM_OWNER.
func (d *Directory) DeactivateOrg(ctx context.Context, c iam.Caller, id string) (iam.Org, error) {
	return d.setOrgState(ctx, c, id, iam.Inactive, iam.OrgDeactivated)
}

// ReactivateOrg is the reverse of [Directory.DeactivateOrg].
func (d *Directory) ReactivateOrg(ctx context.Context, c iam.Caller, id string) (iam.Org, error) {
	return d.setOrgState(ctx, c, id, iam.Active, iam.OrgReactivated)
}

func (d *Directory) setOrgState(ctx context.Context, c iam.Caller, id string, to iam.State, event iam.EventType) (iam.Org, error) {
	var org iam.Org
	err := d.write(ctx, c, func(tx *store.Tx) error {
		var err error
		if org, err = findOrg(ctx, tx.Reader, c, iam.OrgWrite, id); err != nil {
			return err
		}
		if to == iam.Inactive {
			if err := refuseDefaultOrg(ctx, tx, id, "deactivated"); err != nil {
				return err
			}
		}
		return switchState("organization", &org.State, to, func() error {
			err := keepingOwner(ctx, tx, iam.FieldUserOrgID.Is(id), func() error { return tx.SetOrg(&org) })
			if err != nil {
				return err
			}
			return tx.Record(orgEvent(event, org, nil))
		})
	})
	return org, err
}

// RemoveOrg removes an organization with everything that it owns. Kind:
// FailedPrecondition for the default one, and for that of the last IAM_OWNER.
func (d *Directory) RemoveOrg(ctx context.Context, c iam.Caller, id string) (iam.Org, error) {
	var org iam.Org
	err := d.write(ctx, c, func(tx *store.Tx) error {
		var err error
		if org, err = findOrg(ctx, tx.Reader, c, iam.OrgDelete, id); err != nil {
			return err
		}
		if err := refuseDefaultOrg(ctx, tx, id, "removed"); err != nil {
			return err
		}
		err = keepingOwner(ctx, tx, iam.FieldUserOrgID.Is(id), func() error { return tx.RemoveOrg(id) })
		if err != nil {
			return err
		}
		org.Meta = tx.Stamp(org.Meta)
		return tx.Record(orgEvent(iam.OrgRemoved, org, iam.Change(iam.Fields{"name": org.Name}, nil)))
	})
	return org, err
}

// refuseDefaultOrg protects the default organization and the one that holds
// the internal project: without them nobody could manage anything.
func refuseDefaultOrg(ctx context.Context, tx *store.Tx, id, verb string) error {
	i, err := tx.Instance(ctx)
	if err != nil {
		return err
	}
	internal, err := tx.Project(ctx, i.InternalProjectID)
	if err != nil {
		return err
	}
	if id == i.DefaultOrgID || id == internal.OrgID {
		return iam.Errorf(iam.FailedPrecondition, "ORG-deflt",
			"the default organization, and the one that holds the internal project, cannot be %s", verb)
	}
	return nil
}

// OrgUnique reports whether neither the name nor the domain is taken. Empty ones are not asked.
func (d *Directory) OrgUnique(ctx context.Context, c iam.Caller, name, domain string) (bool, error) {
	if err := c.Require(iam.InstanceRead, iam.Target{}); err != nil {
		return false, err
	}
	var taken []iam.Filter
	if name != "" {
		taken = append(taken, iam.Filter{Field: iam.FieldName, Match: iam.EqualsFold, Text: name})
	}
	if domain != "" {
		taken = append(taken, iam.Filter{Field: iam.FieldDomain, Match: iam.EqualsFold, Text: domain})
	}
	l, err := d.Store.Read().Orgs(ctx, iam.Reach{All: true}, iam.Filter{Any: append([]iam.Filter{}, taken...)}, iam.Page{Limit: 1})
	return l.Total == 0, err
}

// CheckOrg says whether an organization exists: Zitadel's clients name one in
// a header. Kind: PermissionDenied, as Zitadel answers.
func (d *Directory) CheckOrg(ctx context.Context, id string) error {
	_, err := d.Store.Read().Org(ctx, id)
	if iam.Is(err, iam.NotFound) {
		return iam.Errorf(iam.PermissionDenied, "AUTH-Bs7Ds", "Organisation doesn't exist")
	}
	return err
}
