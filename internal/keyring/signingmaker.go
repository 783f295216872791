package keyring

import (
	"context"
	"fmt"
)

// SigningKeyMaker generates signing keys one at a time: a large RSA key takes a core for seconds, so that requests for
// some must queue instead of taking the machine.
type SigningKeyMaker struct {
	slot chan struct{}
}

// NewSigningKeyMaker returns a maker that is free.
func NewSigningKeyMaker() *SigningKeyMaker {
	return &SigningKeyMaker{slot: make(chan struct{}, 1)}
}

// CheckRSABits tells whether RSA signing keys are made of that size: 2048, 3072 or 4096 bits.
func CheckRSABits(bits int) error {
	switch bits {
	case 2048, 3072, 4096:
		return nil
	}
	return fmt.Errorf("unknown size of an RSA key, %d bits: expected 2048, 3072 or 4096", bits)
}

// Generate is GenerateSigningKey when no other key is being made. bits is the size of an RSA key and counts for no
// other algorithm. Its errors are that of ctx, and a size or an algorithm that is unknown.
func (m *SigningKeyMaker) Generate(ctx context.Context, alg Algorithm, bits int) (private, public []byte, err error) {
	if alg.hash() != 0 && alg.curve() == nil {
		if err := CheckRSABits(bits); err != nil {
			return nil, nil, err
		}
	}
	// A select chooses at random among what is ready; one who has already left must not get the slot.
	if err := ctx.Err(); err != nil {
		return nil, nil, fmt.Errorf("generate signing key: %w", err)
	}
	select {
	case m.slot <- struct{}{}:
	case <-ctx.Done():
		return nil, nil, fmt.Errorf("generate signing key: %w", ctx.Err())
	}
	defer func() { <-m.slot }()
	return generateSigningKey(alg, bits)
}
