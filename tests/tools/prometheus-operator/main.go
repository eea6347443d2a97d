// Command prometheus-operator-objects decodes objects of the Prometheus operator strictly, by that project's own Go types.
// It reads the FILEs named; each may hold several documents of YAML, and only those of the operator's API may stand there.
//
//	prometheus-operator-objects FILE...
//
// Complaints go to standard error as `file: document: message`. Exit status: 0 when all is well, 1 when a FILE has
// complaints or holds no document, 2 on a wrong call or an unreadable FILE.
package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"

	v1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/yaml"
)

// kinds makes an empty object of each kind that is known.
var kinds = map[string]func() any{
	v1.AlertmanagersKind:   func() any { return new(v1.Alertmanager) },
	v1.PodMonitorsKind:     func() any { return new(v1.PodMonitor) },
	v1.ProbesKind:          func() any { return new(v1.Probe) },
	v1.PrometheusesKind:    func() any { return new(v1.Prometheus) },
	v1.PrometheusRuleKind:  func() any { return new(v1.PrometheusRule) },
	v1.ServiceMonitorsKind: func() any { return new(v1.ServiceMonitor) },
}

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: prometheus-operator-objects FILE...")
		os.Exit(2)
	}
	status := 0
	for _, name := range os.Args[1:] {
		text, err := os.ReadFile(name)
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(2)
		}
		for _, complaint := range complaints(text) {
			fmt.Fprintf(os.Stderr, "%s: %v\n", name, complaint)
			status = 1
		}
	}
	os.Exit(status)
}

// complaints decodes every document of text.
func complaints(text []byte) []error {
	var found []error
	documents := utilyaml.NewYAMLReader(bufio.NewReader(bytes.NewReader(text)))
	decoded := 0
	for {
		document, err := documents.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return append(found, err)
		}
		var any map[string]any
		if err := yaml.Unmarshal(document, &any); err == nil && any == nil {
			continue
		}
		decoded++
		if err := decode(document); err != nil {
			found = append(found, fmt.Errorf("document %d: %w", decoded, err))
		}
	}
	if decoded == 0 {
		found = append(found, errors.New("no document"))
	}
	return found
}

// decode decodes one document by the kind that it names.
func decode(document []byte) error {
	var kind struct {
		APIVersion string `json:"apiVersion"`
		Kind       string `json:"kind"`
	}
	if err := yaml.Unmarshal(document, &kind); err != nil {
		return err
	}
	known, ok := kinds[kind.Kind]
	if !ok || kind.APIVersion != v1.SchemeGroupVersion.String() {
		return fmt.Errorf("no kind of the operator: %s %s", kind.APIVersion, kind.Kind)
	}
	return yaml.UnmarshalStrict(document, known())
}
