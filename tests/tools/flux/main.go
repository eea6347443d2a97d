// Decodes objects of Flux strictly, by Flux' own types.
package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"

	helm "github.com/fluxcd/helm-controller/api/v2"
	kustomize "github.com/fluxcd/kustomize-controller/api/v1"
	source "github.com/fluxcd/source-controller/api/v1"
	"k8s.io/apimachinery/pkg/util/yaml"
	kjson "sigs.k8s.io/json"
	sigsyaml "sigs.k8s.io/yaml"
)

// What each kind is decoded into.
var kinds = map[string]func() any{
	"helm.toolkit.fluxcd.io/v2 HelmRelease":        func() any { return &helm.HelmRelease{} },
	"kustomize.toolkit.fluxcd.io/v1 Kustomization": func() any { return &kustomize.Kustomization{} },
	"source.toolkit.fluxcd.io/v1 GitRepository":    func() any { return &source.GitRepository{} },
	"source.toolkit.fluxcd.io/v1 HelmRepository":   func() any { return &source.HelmRepository{} },
	"source.toolkit.fluxcd.io/v1 OCIRepository":    func() any { return &source.OCIRepository{} },
}

func main() {
	count, err := decode(os.Stdin)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(count)
}

// Decodes every document of a stream whose kind is known, and returns how many there were.
func decode(stream io.Reader) (int, error) {
	reader := yaml.NewYAMLReader(bufio.NewReader(stream))
	count := 0
	for {
		document, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return count, nil
		}
		if err != nil {
			return count, err
		}
		if len(bytes.TrimSpace(document)) == 0 {
			continue
		}
		data, err := sigsyaml.YAMLToJSONStrict(document)
		if err != nil {
			return count, err
		}
		var kind struct{ APIVersion, Kind string }
		if err := sigsyaml.Unmarshal(data, &kind); err != nil {
			return count, err
		}
		name := kind.APIVersion + " " + kind.Kind
		known, is := kinds[name]
		if !is {
			continue
		}
		wrong, err := kjson.UnmarshalStrict(data, known())
		if err := errors.Join(append(wrong, err)...); err != nil {
			return count, fmt.Errorf("%s: %w", name, err)
		}
		count++
	}
}
