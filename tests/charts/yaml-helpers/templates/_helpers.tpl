{{- define "alone" -}}
{{- .Values.web | toYaml -}}
{{- end -}}
{{- define "both" -}}
{{- mergeOverwrite (deepCopy .Values.defaults) .Values.worker | toYaml -}}
{{- end -}}
{{- define "made" -}}
{{- dict "address" (printf "%s:%v" .Values.zone.host .Values.zone.port) "own" .Values.zone.extra | toYaml -}}
{{- end -}}
