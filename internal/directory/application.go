package directory

import (
	"context"

	"github.com/latchkey-iam/latchkey/internal/iam"
	"github.com/latchkey-iam/latchkey/internal/keyring"
	"github.com/latchkey-iam/latchkey/internal/store"
)

// ApplicationRef names an application. ProjectID is the project that it must be
// of; empty is any.
type ApplicationRef struct {
	ProjectID string
	ID        string
}

// NewApplication is what [Directory.CreateApplication] makes in a project. ID is
// chosen by the client or empty.
type NewApplication struct {
	ID         string
	ProjectID  string
	Name       string
	Type       iam.ApplicationType
	AuthMethod iam.AuthMethod
	OIDC       iam.OIDCConfig // of OIDC applications
}

// CreateApplication creates an application. Where it authenticates by a client
// secret, that is returned this once and kept only as a hash; else it is empty.
// Kind: AlreadyExists.
func (d *Directory) CreateApplication(ctx context.Context, c iam.Caller, in NewApplication) (iam.Application, keyring.Secret, error) {
	var a iam.Application
	var secret keyring.Secret
	err := d.write(ctx, c, func(tx *store.Tx) error {
		p, err := findProject(ctx, tx.Reader, c, iam.ApplicationWrite, in.ProjectID)
		if err != nil {
			return err
		}
		a = iam.Application{
			ProjectID: p.ID, OrgID: p.OrgID, Name: in.Name, State: iam.Active, Type: in.Type, AuthMethod: in.AuthMethod,
		}
		if a.Type == iam.OIDC {
			a.OIDC = in.OIDC.WithDefaults()
		}
		if a.ID, err = newID(in.ID); err != nil {
			return err
		}
		if err := iam.CheckApplication(a); err != nil {
			return err
		}
		if a.ClientID, err = newClientID(ctx, tx.Reader); err != nil {
			return err
		}
		secret = keyring.Secret{}
		if a.AuthMethod.HasSecret() {
			secret = newApplicationSecret(&a)
		}
		if err := tx.AddApplication(&a); err != nil {
			return applicationNameTaken(err)
		}
		return recordNewApplication(tx, a)
	})
	return a, secret, err
}

// newClientID draws a client_id that neither an application nor a user has.
func newClientID(ctx context.Context, r store.Reader) (string, error) {
	for {
		id := iam.NewID()
		if taken, err := r.ClientIDTaken(ctx, id); err != nil || !taken {
			return id, err
		}
	}
}

// newApplicationSecret gives an application a fresh secret, of which it keeps the hash.
func newApplicationSecret(a *iam.Application) keyring.Secret {
	secret := keyring.NewClientSecret()
	hash := keyring.Hash(secret.Reveal())
	a.Secret = hash[:]
	return secret
}

func applicationNameTaken(err error) error {
	return taken(err, iam.FieldName, "APP-dup1x", "the project has an application with this name already, or the id is taken")
}

func recordNewApplication(tx *store.Tx, a iam.Application) error {
	if err := tx.Record(applicationEvent(iam.ApplicationAdded, a, nil, iam.Fields{"name": a.Name})); err != nil {
		return err
	}
	t := iam.APIConfigAdded
	if a.Type == iam.OIDC {
		t = iam.OIDCConfigAdded
	}
	after := applicationConfig(a)
	after["clientId"] = a.ClientID
	return tx.Record(applicationEvent(t, a, nil, after))
}

// applicationConfig is what an event tells of an application but its name.
func applicationConfig(a iam.Application) iam.Fields {
	if a.Type != iam.OIDC {
		return iam.Fields{"authMethod": a.AuthMethod}
	}
	fields := a.OIDC.Fields()
	fields["authMethod"] = a.AuthMethod
	return fields
}

// applicationEvent is about the application's project; which application is said
// on both sides of the payload.
func applicationEvent(t iam.EventType, a iam.Application, before, after iam.Fields) iam.Event {
	for _, side := range []iam.Fields{before, after} {
		if side != nil {
			side["applicationId"] = a.ID
		}
	}
	return iam.Event{
		Type: t, Aggregate: iam.AggregateProject, AggregateID: a.ProjectID, OrgID: a.OrgID, ProjectID: a.ProjectID,
		Payload: iam.Change(before, after),
	}
}

// findApplication finds an application for one purpose.
func findApplication(ctx context.Context, r store.Reader, c iam.Caller, perm iam.Permission, ref ApplicationRef) (iam.Application, error) {
	if c.Nobody() {
		return iam.Application{}, nobody()
	}
	a, err := r.Application(ctx, ref.ID)
	if err != nil {
		return iam.Application{}, found(c, perm, "application", err)
	}
	if err := c.Authorise(perm, a.Target(), "application"); err != nil {
		return iam.Application{}, err
	}
	if ref.ProjectID != "" && ref.ProjectID != a.ProjectID {
		return iam.Application{}, c.Missing(perm, "application")
	}
	return a, nil
}

// Application finds an application.
func (d *Directory) Application(ctx context.Context, c iam.Caller, ref ApplicationRef) (iam.Application, error) {
	return findApplication(ctx, d.Store.Read(), c, iam.ApplicationRead, ref)
}

// Applications lists applications.
func (d *Directory) Applications(ctx context.Context, c iam.Caller, f iam.Filter, page iam.Page) (store.List[iam.Application], error) {
	reach, page, err := listArgs(c, iam.ApplicationRead, page)
	if err != nil {
		return store.List[iam.Application]{}, err
	}
	return d.Store.Read().Applications(ctx, reach, f, page)
}

// ProjectApplications lists the applications of one project. Kind: NotFound for
// the project.
func (d *Directory) ProjectApplications(ctx context.Context, c iam.Caller, projectID string, f iam.Filter, page iam.Page) (store.List[iam.Application], error) {
	var none store.List[iam.Application]
	if _, err := findProject(ctx, d.Store.Read(), c, iam.ApplicationRead, projectID); err != nil {
		return none, err
	}
	page, err := page.Check()
	if err != nil {
		return none, err
	}
	return d.Store.Read().Applications(ctx, iam.Reach{ProjectIDs: []string{projectID}}, f, page)
}

// ApplicationChange is what [Directory.UpdateApplication] changes; nil leaves as it is.
type ApplicationChange struct {
	Name       *string
	AuthMethod *iam.AuthMethod
	OIDC       func(*iam.OIDCConfig) // may be called more than once
	// Type is what the application must be; empty is anything.
	Type iam.ApplicationType
	Seen iam.Version
}

// UpdateApplication changes an application. A method of authentication without a
// client secret removes the secret; one with a secret asks for
// [Directory.GenerateApplicationSecret] if there is none. Kinds: AlreadyExists;
// FailedPrecondition for another type; Aborted when it is no longer as it was seen.
func (d *Directory) UpdateApplication(ctx context.Context, c iam.Caller, ref ApplicationRef, in ApplicationChange) (iam.Application, error) {
	var a iam.Application
	err := d.write(ctx, c, func(tx *store.Tx) error {
		var err error
		if a, err = findApplication(ctx, tx.Reader, c, iam.ApplicationWrite, ref); err != nil {
			return err
		}
		if err := ofType(a, in.Type); err != nil {
			return err
		}
		name, config := a.Name, applicationConfig(a)
		in.apply(&a)
		if err := iam.CheckApplication(a); err != nil {
			return err
		}
		before, after, configured := iam.Diff(config, applicationConfig(a))
		if err := mayChange(configured || a.Name != name, in.Seen, a.Meta, "application"); err != nil {
			return err
		}
		if err := tx.SetApplication(&a); err != nil {
			return applicationNameTaken(err)
		}
		if a.Name != name {
			err := tx.Record(applicationEvent(iam.ApplicationChanged, a, iam.Fields{"name": name}, iam.Fields{"name": a.Name}))
			if err != nil {
				return err
			}
		}
		if !configured {
			return nil
		}
		t := iam.APIConfigChanged
		if a.Type == iam.OIDC {
			t = iam.OIDCConfigChanged
		}
		return tx.Record(applicationEvent(t, a, before, after))
	})
	return a, err
}

func (in ApplicationChange) apply(a *iam.Application) {
	patch(&a.Name, in.Name)
	patch(&a.AuthMethod, in.AuthMethod)
	if !a.AuthMethod.HasSecret() {
		a.Secret = nil
	}
	if in.OIDC != nil && a.Type == iam.OIDC {
		in.OIDC(&a.OIDC)
		a.OIDC = a.OIDC.WithDefaults()
	}
}

// ofType refuses an application of another type than asked. Kind: FailedPrecondition.
func ofType(a iam.Application, t iam.ApplicationType) error {
	switch {
	case t == "" || t == a.Type:
		return nil
	case t == iam.API:
		return iam.Errorf(iam.FailedPrecondition, "APP-notapi", "the application is not an API")
	}
	return iam.Errorf(iam.FailedPrecondition, "APP-notoidc", "the application is not an OIDC client")
}

// GenerateApplicationSecret gives an application a fresh client secret, which
// replaces the one before. The secret is returned this once and kept only as a
// hash. t is what the application must be; empty is anything. Kind:
// FailedPrecondition for another type, and for one that authenticates without a secret.
func (d *Directory) GenerateApplicationSecret(ctx context.Context, c iam.Caller, ref ApplicationRef, t iam.ApplicationType) (iam.Application, keyring.Secret, error) {
	var a iam.Application
	var secret keyring.Secret
	err := d.write(ctx, c, func(tx *store.Tx) error {
		var err error
		if a, err = findApplication(ctx, tx.Reader, c, iam.ApplicationWrite, ref); err != nil {
			return err
		}
		if err := ofType(a, t); err != nil {
			return err
		}
		if !a.AuthMethod.HasSecret() {
			return iam.Errorf(iam.FailedPrecondition, "APP-nosec1", "the application authenticates without a client secret")
		}
		secret = newApplicationSecret(&a)
		if err := tx.SetApplication(&a); err != nil {
			return err
		}
		event := iam.APISecretChanged
		if a.Type == iam.OIDC {
			event = iam.OIDCSecretChanged
		}
		return tx.Record(applicationEvent(event, a, nil, iam.Fields{}))
	})
	return a, secret, err
}

// DeactivateApplication switches an application off; its configuration stays.
func (d *Directory) DeactivateApplication(ctx context.Context, c iam.Caller, ref ApplicationRef) (iam.Application, error) {
	return d.setApplicationState(ctx, c, ref, iam.Inactive, iam.ApplicationDeactivated)
}

// ReactivateApplication is the reverse of [Directory.DeactivateApplication].
func (d *Directory) ReactivateApplication(ctx context.Context, c iam.Caller, ref ApplicationRef) (iam.Application, error) {
	return d.setApplicationState(ctx, c, ref, iam.Active, iam.ApplicationReactivated)
}

func (d *Directory) setApplicationState(ctx context.Context, c iam.Caller, ref ApplicationRef, to iam.State, event iam.EventType) (iam.Application, error) {
	var a iam.Application
	err := d.write(ctx, c, func(tx *store.Tx) error {
		var err error
		if a, err = findApplication(ctx, tx.Reader, c, iam.ApplicationWrite, ref); err != nil {
			return err
		}
		return switchState("application", &a.State, to, func() error {
			if err := tx.SetApplication(&a); err != nil {
				return err
			}
			return tx.Record(applicationEvent(event, a, nil, iam.Fields{}))
		})
	})
	return a, err
}

// RemoveApplication removes an application with its keys.
func (d *Directory) RemoveApplication(ctx context.Context, c iam.Caller, ref ApplicationRef) (iam.Application, error) {
	var a iam.Application
	err := d.write(ctx, c, func(tx *store.Tx) error {
		var err error
		if a, err = findApplication(ctx, tx.Reader, c, iam.ApplicationDelete, ref); err != nil {
			return err
		}
		if err := tx.RemoveApplication(a.ID); err != nil {
			return err
		}
		a.Meta = tx.Stamp(a.Meta)
		return tx.Record(applicationEvent(iam.ApplicationRemoved, a, iam.Fields{"name": a.Name, "clientId": a.ClientID}, nil))
	})
	return a, err
}
