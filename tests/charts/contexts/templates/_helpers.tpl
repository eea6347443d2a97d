{{- define "contexts.size" -}}
{{- (index .Values .component).size -}}
{{- end -}}
{{- define "contexts.own" -}}
{{- .section.size }}-{{ .root.Values.suffix -}}
{{- end -}}
