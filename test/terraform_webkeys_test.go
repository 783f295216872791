package test

import (
	"errors"

	webkeys "github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/webkey/v2beta"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// unchanged forgets the error of a change that changes nothing.
func unchanged(err error) error {
	if status.Code(err) == codes.FailedPrecondition {
		return nil
	}
	return err
}

// webKeyKind is a signing key. The attribute key is RSA, ECDSA or ED25519.
func webKeyKind() kind {
	find := func(p *provider, d *data) (*webkeys.WebKey, error) {
		answer, err := p.WebkeyServiceV2Beta().ListWebKeys(p.of(d), &webkeys.ListWebKeysRequest{})
		for _, key := range answer.GetWebKeys() {
			if key.GetId() == d.id {
				return key, err
			}
		}
		return nil, err
	}
	return kind{
		name: "zitadel_webkey", computed: []string{"state"}, imports: []string{"id"}, optional: []string{"org_id"},
		create: func(p *provider, d *data) error {
			request := &webkeys.CreateWebKeyRequest{}
			switch d.text("key_type") {
			case "RSA":
				request.Key = &webkeys.CreateWebKeyRequest_Rsa{Rsa: &webkeys.RSA{
					Bits: webkeys.RSABits_RSA_BITS_2048, Hasher: webkeys.RSAHasher_RSA_HASHER_SHA256,
				}}
			case "ECDSA":
				request.Key = &webkeys.CreateWebKeyRequest_Ecdsa{Ecdsa: &webkeys.ECDSA{Curve: webkeys.ECDSACurve_ECDSA_CURVE_P256}}
			default:
				request.Key = &webkeys.CreateWebKeyRequest_Ed25519{Ed25519: &webkeys.ED25519{}}
			}
			answer, err := p.WebkeyServiceV2Beta().CreateWebKey(p.of(d), request)
			d.id = answer.GetId()
			return err
		},
		read: func(p *provider, d *data) error {
			key, err := find(p, d)
			if err != nil {
				return err
			}
			if key == nil {
				return d.gone()
			}
			keyType := "ED25519"
			switch {
			case key.GetRsa() != nil:
				keyType = "RSA"
			case key.GetEcdsa() != nil:
				keyType = "ECDSA"
			}
			return d.found(key.GetId(), attributes{"state": key.GetState().String(), "key_type": keyType})
		},
		remove: func(p *provider, d *data) error {
			key, err := find(p, d)
			if err != nil {
				return err
			}
			if key.GetState() == webkeys.State_STATE_ACTIVE {
				return errors.New("an active key cannot be deleted")
			}
			_, err = p.WebkeyServiceV2Beta().DeleteWebKey(p.of(d), &webkeys.DeleteWebKeyRequest{Id: d.id})
			return err
		},
	}
}

// activeWebKeyKind says which signing key is the active one; the oldest takes
// over when nothing says so any more.
func activeWebKeyKind() kind {
	activate := func(p *provider, d *data) error {
		_, err := p.WebkeyServiceV2Beta().ActivateWebKey(p.of(d), &webkeys.ActivateWebKeyRequest{Id: d.text("key_id")})
		d.id = d.text("org_id") + ":" + d.text("key_id")
		return err
	}
	return kind{
		name: "zitadel_active_webkey", imports: []string{"org_id"}, create: activate, update: activate, always: true,
		read: func(p *provider, d *data) error {
			answer, err := p.WebkeyServiceV2Beta().ListWebKeys(p.of(d), &webkeys.ListWebKeysRequest{})
			if err != nil {
				return err
			}
			for _, key := range answer.GetWebKeys() {
				if key.GetState() == webkeys.State_STATE_ACTIVE {
					return d.found(d.text("org_id")+":"+key.GetId(), attributes{"key_id": key.GetId()})
				}
			}
			return d.gone()
		},
		remove: func(p *provider, d *data) error {
			answer, err := p.WebkeyServiceV2Beta().ListWebKeys(p.of(d), &webkeys.ListWebKeysRequest{})
			if err != nil || len(answer.GetWebKeys()) == 0 {
				return err
			}
			oldest := answer.GetWebKeys()[0]
			for _, key := range answer.GetWebKeys() {
				if key.GetCreationDate().AsTime().Before(oldest.GetCreationDate().AsTime()) {
					oldest = key
				}
			}
			_, err = p.WebkeyServiceV2Beta().ActivateWebKey(p.of(d), &webkeys.ActivateWebKeyRequest{Id: oldest.GetId()})
			return unchanged(err)
		},
	}
}

// webKeyConfiguration are signing keys of each type, and which one signs.
func webKeyConfiguration() configuration {
	return configuration{
		{kind: webKeyKind(), label: "rsa", wanted: attributes{"org_id": orgA, "key_type": "RSA"}},
		{kind: webKeyKind(), label: "ecdsa", wanted: attributes{"org_id": orgA, "key_type": "ECDSA"}},
		{kind: webKeyKind(), label: "ed25519", wanted: attributes{"org_id": orgA, "key_type": "ED25519"}},
		{
			kind: activeWebKeyKind(), label: "active", wanted: attributes{"org_id": orgA, "key_id": ref("zitadel_webkey.rsa.id")},
			changes: []attributes{{"key_id": ref("zitadel_webkey.ecdsa.id")}},
		},
	}
}
