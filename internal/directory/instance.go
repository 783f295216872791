package directory

import (
	"context"
	"strconv"

	"github.com/latchkey-iam/latchkey/internal/iam"
	"github.com/latchkey-iam/latchkey/internal/store"
)

// Instance describes the instance to a caller; everyone who is a caller may
// know it. Its keys are left out.
func (d *Directory) Instance(ctx context.Context, c iam.Caller) (iam.Instance, error) {
	if c.Nobody() {
		return iam.Instance{}, nobody()
	}
	i, err := d.Store.Read().Instance(ctx)
	return withoutKeys(i), err
}

func withoutKeys(i iam.Instance) iam.Instance {
	i.MasterKeyCheck, i.TokenKey = nil, nil
	return i
}

// instanceToChange reads the instance in a write, for a caller who may do p to
// it. Kind: PermissionDenied.
func instanceToChange(ctx context.Context, tx *store.Tx, c iam.Caller, p iam.Permission) (iam.Instance, error) {
	if err := c.Require(p, iam.Target{}); err != nil {
		return iam.Instance{}, err
	}
	return tx.Instance(ctx)
}

// instanceEvent is an event about the instance itself, in no organization.
func instanceEvent(t iam.EventType, i iam.Instance, payload []byte) iam.Event {
	return iam.Event{Type: t, Aggregate: iam.AggregateInstance, AggregateID: i.ID, Payload: payload}
}

// sameInstance refuses another instance than the one there is; an empty id is
// that one. Kind: p tells, NotFound for what only looks, else PermissionDenied.
func sameInstance(i iam.Instance, p iam.Permission, id string) error {
	switch {
	case id == "" || id == i.ID:
		return nil
	case p.Reads():
		return iam.Errorf(iam.NotFound, "INST-nf01x", "instance does not exist")
	}
	return iam.Errorf(iam.PermissionDenied, "INST-nf01x", "instance does not exist, or is not yours to change")
}

// RenameInstance gives the instance another name. Kinds: InvalidArgument, Unchanged.
func (d *Directory) RenameInstance(ctx context.Context, c iam.Caller, id, name string) (iam.Instance, error) {
	var i iam.Instance
	err := d.write(ctx, c, func(tx *store.Tx) error {
		var err error
		if i, err = instanceToChange(ctx, tx, c, iam.InstanceSet); err != nil {
			return err
		}
		if err := sameInstance(i, iam.InstanceSet, id); err != nil {
			return err
		}
		if err := iam.CheckInstanceName(name); err != nil {
			return err
		}
		before := i.Name
		if name == before {
			return unchanged("instance")
		}
		i.Name = name
		if err := tx.SetInstance(&i); err != nil {
			return err
		}
		return tx.Record(instanceEvent(iam.InstanceChanged, i, iam.Change(iam.Fields{"name": before}, iam.Fields{"name": name})))
	})
	return withoutKeys(i), err
}

// InstanceDomain is a host at which the instance answers.
type InstanceDomain struct {
	Domain     string
	InstanceID string
	Primary    bool
	Generated  bool
	iam.Meta
}

// InstanceDomains lists the hosts of the instance: the issuer's, which comes
// from the configuration. It can be filtered by [iam.FieldDomain], and by
// [iam.FieldPrimary] and [iam.FieldGenerated] with the texts true and false.
// Kind: NotFound for another instance.
func (d *Directory) InstanceDomains(ctx context.Context, c iam.Caller, id string, f iam.Filter, page iam.Page) (store.List[InstanceDomain], error) {
	var out store.List[InstanceDomain]
	i, err := d.instanceToRead(ctx, c, id)
	if err != nil {
		return out, err
	}
	if page, err = page.Check(); err != nil {
		return out, err
	}
	host := InstanceDomain{
		Domain: d.Host, InstanceID: i.ID, Primary: true,
		Meta: iam.Meta{Created: i.Created, Changed: i.Created},
	}
	wanted, err := f.Accepts(func(field iam.Field) (string, bool) {
		switch field {
		case iam.FieldDomain:
			return host.Domain, true
		case iam.FieldPrimary:
			return strconv.FormatBool(host.Primary), true
		case iam.FieldGenerated:
			return strconv.FormatBool(host.Generated), true
		}
		return "", false
	})
	if err != nil || !wanted {
		return out, err
	}
	return pageOf([]InstanceDomain{host}, page), nil
}

// instanceToRead reads the instance for those who may look at all of it.
func (d *Directory) instanceToRead(ctx context.Context, c iam.Caller, id string) (iam.Instance, error) {
	if err := c.Require(iam.InstanceRead, iam.Target{}); err != nil {
		return iam.Instance{}, err
	}
	i, err := d.Instance(ctx, c)
	if err == nil {
		err = sameInstance(i, iam.InstanceRead, id)
	}
	return i, err
}

// SystemOnly answers what concerns more than one instance: it needs a user of
// the system, as Zitadel's configuration may name some. Kinds: Unauthenticated,
// PermissionDenied.
func (d *Directory) SystemOnly(c iam.Caller) error {
	if c.Nobody() {
		return nobody()
	}
	return iam.Errorf(iam.PermissionDenied, "INST-sys1x", "this needs a system user, of which this server has none")
}

// Views is for those who look for views and events that could not be taken into
// one: there are none of either.
func (d *Directory) Views(c iam.Caller) error { return c.Require(iam.InstanceRead, iam.Target{}) }
