/** What a hub of the tests was asked and answered, as JSON, ids and secrets renamed. Written by `node dist/scripts/api-examples.js`. */
export const ANSWER_EXAMPLES: Readonly<Record<string, string>> = {
  'acknowledgeAlert 201 application/json':
    '{"id":"0198f0aa-0000-7000-8000-000000000100","stream":"alert-0198f0aa-0000-7000-8000-000000000101-0198f0aa-0000-7000-8000-000000000102","revision":1,"recordedAt":"2026-04-20T09:30:00.000+08:00"}',
  'acknowledgeMessages request':
    '{"through":0}',
  'assignAreas 200 application/json':
    '{"assignments":2,"areas":2,"overlaps":[{"assignment":1,"area":"371002009","heldBy":"0198f0aa-0000-7000-8000-00000000aaaa","from":"2026-01-01","otherAssignment":0}],"isStored":false}',
  'assignAreas 201 application/json':
    '{"assignments":1,"areas":1,"overlaps":[],"isStored":true}',
  'assignAreas request':
    '{"assignments":[{"agency":"0198f0aa-0000-7000-8000-00000000aaaa","areas":["371002009"],"from":"2026-01-01"},{"agency":"0198f0aa-0000-7000-8000-00000000c4c0","areas":["371002009"],"from":"2026-03-01","to":"2026-03-31"}],"dryRun":true}',
  'changeAgency 200 application/json':
    '{"id":"0198f0aa-0000-7000-8000-00000000aaaa","role":"CHC","name":"示例第二中心","phone":"0631-5190004","superior":"0198f0aa-0000-7000-8000-00000000c4c0","dutyPhone":"0631-5190002","liveFrom":"2026-02-01","areas":[{"area":"371002009","from":"2026-01-01","to":"2026-12-31"}]}',
  'changeAgency request':
    '{"dutyPhone":"0631-5190002"}',
  'changeSubscription 201 application/json':
    '{"id":"0198f0aa-0000-7000-8000-000000000100","stream":"subscription-0198f0aa-0000-7000-8000-000000000101","revision":1,"recordedAt":"2026-04-20T09:30:00.000+08:00"}',
  'changeSubscription request':
    '{"url":"http://127.0.0.1:8080/hook/inbox"}',
  'closePeriod 200 application/json':
    '{"outcome":"known","cutId":"0198f0aa-0000-7000-8000-000000000100","closedAt":"2026-07-02T09:00:00.000+08:00"}',
  'closePeriod 201 application/json':
    '{"outcome":"closed","cutId":"0198f0aa-0000-7000-8000-000000000100","closedAt":"2026-07-02T09:00:00.000+08:00"}',
  'closePeriod request':
    '{"confirm":"2026Q2"}',
  'closeSubscription 201 application/json':
    '{"id":"0198f0aa-0000-7000-8000-000000000100","stream":"subscription-0198f0aa-0000-7000-8000-000000000101","revision":13,"recordedAt":"2026-07-02T09:00:00.000+08:00"}',
  'closeSubscription request':
    '{"reason":"NOT_NEEDED"}',
  'confirmClock 201 application/json':
    '{"id":"0198f0aa-0000-7000-8000-000000000100","stream":"hub","revision":8,"recordedAt":"2026-04-20T09:30:00.000+08:00"}',
  'endAreas 200 application/json':
    '{"ended":1}',
  'endAreas request':
    '{"agency":"0198f0aa-0000-7000-8000-00000000aaaa","areas":["371002009"],"to":"2026-12-31"}',
  'enrolAgencies 200 application/x-ndjson':
    '{"line":1,"status":201,"agencyId":"0198f0aa-0000-7000-8000-00000000bbbb","code":"AAAAA-BBBBB-CCCCC-DDDDD","expiresAt":"2026-04-23T09:30:00.000+08:00"}',
  'enrolAgencies request':
    '{"id":"0198f0aa-0000-7000-8000-00000000bbbb","role":"POLICE","name":"示例派出所","phone":"0631-5190003"}',
  'enrolAgency 200 application/json':
    '{"agencyId":"0198f0aa-0000-7000-8000-00000000aaaa"}',
  'enrolAgency 201 application/json':
    '{"agencyId":"0198f0aa-0000-7000-8000-00000000aaaa"}',
  'enrolAgency request':
    '{"id":"0198f0aa-0000-7000-8000-00000000aaaa","role":"CHC","name":"示例第二中心","phone":"0631-5190001","superior":"0198f0aa-0000-7000-8000-00000000c4c0"}',
  'explainPerson 200 application/json':
    '{"feed":"police-quarterly","period":"2026Q2","group":"high","outcome":"ROW","documents":[{"agency":"0198f0aa-0000-7000-8000-000000000100","document":"0198f0aa-0000-7000-8000-000000000101","row":"0198f0aa-0000-7000-8000-000000000102","fieldSet":"police.high@1","disclosed":[{"field":"patientId","action":"pseudonymise","clauses":["design §5"]},{"field":"name","action":"allow","clauses":["MHL 28","MHL 35","Shandong 36","W43","W46"]},{"field":"idNumber","action":"allow","clauses":["MHL 28","MHL 35","Shandong 36","W43","W46"]},{"field":"presentAddress","action":"allow","clauses":["MHL 28","MHL 35","Shandong 36","W43","W46"]},{"field":"householdAddress","action":"allow","clauses":["MHL 28","MHL 35","Shandong 36","W43","W46"]},{"field":"guardian.name","action":"allow","clauses":["MHL 28","Shandong 38"]},{"field":"guardian.phones","action":"allow","clauses":["MHL 28","Shandong 38"]},{"field":"guardian.relation","action":"allow","clauses":["MHL 28","Shandong 38"]},{"field":"level","action":"allow","clauses":["W43","W46"]},{"field":"assessedOn","action":"generalise","clauses":["W43","W46"]},{"field":"assessment","action":"allow","clauses":["W43","W46"]},{"field":"policeRecorded.minorDisturbance","action":"allow","clauses":["W6","W43"]},{"field":"policeRecorded.publicOrderOffence","action":"allow","clauses":["W6","W43"]},{"field":"policeRecorded.criminalHarm","action":"allow","clauses":["W6","W43"]},{"field":"policeRecorded.dangerToOthers","action":"allow","clauses":["W6","W43"]},{"field":"healthCentre.name","action":"allow","clauses":["W43"]},{"field":"healthCentre.phone","action":"allow","clauses":["W43"]}],"withheld":[{"field":"targets","label":{"zh":"行为对象","en":"Targets"},"clauses":["MHL 4(3)","PIPL 28","policy §6.2"],"basis":"targets and evidence are clinical detail"},{"field":"guardian.kind","label":{"zh":"监护人类别","en":"Kind of guardian"},"clauses":["W49","PIPL 6","policy §6.2"],"basis":"guardians are protected too; not needed for this purpose"}]}]}',
  'goLive 201 application/json':
    '{"id":"0198f0aa-0000-7000-8000-000000000100","stream":"agency-0198f0aa-0000-7000-8000-00000000aaaa","revision":3,"recordedAt":"2026-04-20T09:30:00.000+08:00"}',
  'goLive request':
    '{"from":"2026-02-01"}',
  'health 200 application/json':
    '{"status":"ok"}',
  'issueKey 201 application/json':
    '{"agency":"0198f0aa-0000-7000-8000-00000000aaaa","keyId":"0198f0aa-0000-7000-8000-000000000101","key":"lh_…","person":"0198f0aa-0000-7000-8000-000000000102"}',
  'issueKey request':
    '{"agency":"0198f0aa-0000-7000-8000-00000000aaaa","staffName":"测试医生乙"}',
  'listAgencies 200 application/json':
    '{"agencies":[{"id":"0198f0aa-0000-7000-8000-00000000c4c0","role":"CHC","name":"单位 CHC","phone":"0631-0000000","liveFrom":"2026-01-01","areas":[{"area":"371002001","from":"2026-01-01"}]},{"id":"0198f0aa-0000-7000-8000-00000000aaaa","role":"CHC","name":"示例第二中心","phone":"0631-5190004","superior":"0198f0aa-0000-7000-8000-00000000c4c0","dutyPhone":"0631-5190002","liveFrom":"2026-02-01","areas":[{"area":"371002009","from":"2026-01-01","to":"2026-12-31"}]}]}',
  'listAlerts 200 application/json':
    '{"alerts":[{"alert":"0198f0aa-0000-7000-8000-000000000100-0198f0aa-0000-7000-8000-000000000101","kind":"danger","class":"ALARM","tasks":[],"openTasks":[],"raisedAt":"2026-04-20T09:30:00.000+08:00","relayed":[{"by":"0198f0aa-0000-7000-8000-000000000102","to":"DUTY_OFFICER","means":"TELEPHONE","at":"2026-04-20T09:30:00.000+08:00"}],"state":"ANSWERED","acknowledged":{"by":"0198f0aa-0000-7000-8000-000000000102","at":"2026-04-20T09:30:00.000+08:00"},"outcome":{"by":"0198f0aa-0000-7000-8000-000000000102","outcome":"HANDLED","at":"2026-04-20T09:30:00.000+08:00"},"climbed":[],"sequence":3},{"alert":"0198f0aa-0000-7000-8000-000000000103-0198f0aa-0000-7000-8000-000000000101","kind":"risk-assessed","class":"ALARM","tasks":[],"openTasks":[],"raisedAt":"2026-04-20T09:30:00.000+08:00","relayed":[{"by":"0198f0aa-0000-7000-8000-000000000102","to":"DUTY_OFFICER","means":"TELEPHONE","at":"2026-04-20T09:30:00.000+08:00"}],"state":"ANSWERED","acknowledged":{"by":"0198f0aa-0000-7000-8000-000000000102","at":"2026-04-20T09:30:00.000+08:00"},"outcome":{"by":"0198f0aa-0000-7000-8000-000000000102","outcome":"NOT_OURS","at":"2026-04-20T09:30:00.000+08:00"},"climbed":[],"sequence":2}],"climbed":[]}',
  'listFeeds 200 application/json':
    '{"feeds":[{"name":"police-quarterly","version":1,"label":{"zh":"公安季度数据","en":"Police quarterly"},"audience":"POLICE","cadence":"QUARTER","clauses":["W43","W46","MHL 28","MHL 35","Shandong 36"],"fieldSets":["police.high@1","police.token@1"]},{"name":"political-legal-quarterly","version":1,"label":{"zh":"综治季度数据","en":"Political-legal quarterly"},"audience":"PL","cadence":"QUARTER","clauses":["W43","W46","W55"],"fieldSets":["political-legal.high@1"]}]}',
  'listHeld 200 application/json':
    '{"held":[{"heldId":"0198f0aa-0000-7000-8000-000000000100","type":"DangerousBehaviorReported","heldAt":"2026-04-20T09:30:00.000+08:00","agency":"0198f0aa-0000-7000-8000-000000000101","township":"371002001","agencyName":"单位 POLICE"},{"heldId":"0198f0aa-0000-7000-8000-000000000102","type":"DangerousBehaviorReported","heldAt":"2026-04-20T09:30:00.000+08:00","agency":"0198f0aa-0000-7000-8000-000000000101","township":"371002001","agencyName":"单位 POLICE"},{"heldId":"0198f0aa-0000-7000-8000-000000000103","type":"DangerousBehaviorReported","heldAt":"2026-04-20T09:30:00.000+08:00","agency":"0198f0aa-0000-7000-8000-000000000101","township":"371002001","agencyName":"单位 POLICE"}]}',
  'listKeys 200 application/json':
    '{"keys":[{"keyId":"0198f0aa-0000-7000-8000-000000000100","agency":"0198f0aa-0000-7000-8000-00000000aaaa","person":"0198f0aa-0000-7000-8000-000000000102","isOperator":false,"revoked":false},{"keyId":"0198f0aa-0000-7000-8000-000000000103","agency":"0198f0aa-0000-7000-8000-00000000aaaa","person":"0198f0aa-0000-7000-8000-000000000104","isOperator":false,"revoked":false}]}',
  'listPeriods 200 application/json':
    '{"periods":[{"feed":"police-quarterly","period":"2026Q3","closesOn":"2026-10-08","state":"OPEN","documents":[]},{"feed":"police-quarterly","period":"2026Q2","closesOn":"2026-07-08","state":"RELEASED","cut":{"id":"0198f0aa-0000-7000-8000-000000000100","at":"2026-07-02T09:00:00.000+08:00","by":"HAND"},"documents":[{"agency":"0198f0aa-0000-7000-8000-000000000101","document":"0198f0aa-0000-7000-8000-000000000102","rows":1,"counts":{"inScope":1,"rows":1,"high":1,"low":0,"notAssessed":0,"excluded":0,"stopped":0,"unmapped":0},"root":"sha256:47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU","documentDigest":"sha256:47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU","accountingDigest":"sha256:47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU","releasedAt":"2026-07-02T09:00:00.000+08:00"}],"unmapped":0}]}',
  'listProjections 200 application/json':
    '{"projections":[{"name":"patient-record","version":2,"leafIndex":89,"openCuts":[]},{"name":"agencies","version":1,"leafIndex":89,"openCuts":[]},{"name":"subscriptions","version":2,"leafIndex":89,"openCuts":[]},{"name":"held-writes","version":1,"leafIndex":89,"openCuts":[]},{"name":"alerts","version":3,"leafIndex":89,"openCuts":[]},{"name":"assessment-days","version":1,"leafIndex":89,"openCuts":[]},{"name":"releases","version":1,"leafIndex":89,"openCuts":[]},{"name":"recalled-rows","version":1,"leafIndex":89,"openCuts":[]}],"isCaughtUp":true}',
  'listSchemas 200 application/json':
    '{"schemas":[{"name":"PatientRegistered@1","kind":"event","label":{"zh":"建档登记","en":"Patient registered"},"href":"/schemas/PatientRegistered@1","recorders":["CHC"],"clauses":["W1","W12"]},{"name":"BasicInfoUpdated@1","kind":"event","label":{"zh":"基础信息更新","en":"Basic information updated"},"href":"/schemas/BasicInfoUpdated@1","recorders":["CHC"],"clauses":["W45"]}]}',
  'listSubscriptions 200 application/json':
    '{"subscriptions":[{"id":"0198f0aa-0000-7000-8000-000000000100","agency":"0198f0aa-0000-7000-8000-000000000101","alerts":true,"feeds":["police-quarterly"],"channel":"webhook","url":"http://127.0.0.1:8080/hook/inbox","duty":true,"heartbeats":false,"paused":false,"isOpen":true,"secretNumber":2},{"id":"0198f0aa-0000-7000-8000-000000000102","agency":"0198f0aa-0000-7000-8000-000000000101","alerts":false,"feeds":[],"channel":"files","duty":false,"paused":false,"isOpen":true,"secretNumber":1,"publicKey":{"thumbprint":"giQqigT_IKcuzHl0FVJ3k5ts3_TWNAxvsC08UZsfcM8","jwk":{"kty":"OKP","crv":"X25519","x":"3p7bfXt9wbTTW2HC7OQ1Nz-DQ8hbeGdNrfx-FG-IK08"}}},{"id":"0198f0aa-0000-7000-8000-000000000103","agency":"0198f0aa-0000-7000-8000-000000000101","alerts":true,"feeds":["police-quarterly"],"channel":"mailbox","duty":false,"ping":"http://127.0.0.1:8080/ping","paused":false,"isOpen":true,"secretNumber":1}]}',
  'matchHeld 200 application/json':
    '{"receipts":[{"id":"0198f0aa-0000-7000-8000-000000000100","stream":"patient-0198f0aa-0000-7000-8000-000000000101","revision":5,"recordedAt":"2026-04-20T09:30:00.000+08:00"}]}',
  'matchHeld request':
    '{"patientId":"0198f0aa-0000-7000-8000-000000000100"}',
  'metrics 200 text/plain':
    '"# HELP lianhu_http_request_seconds Time to answer, by route and class of status\\n# TYPE lianhu_http_request_seconds histogram\\nlianhu_http_request_seconds_bucket{le=\\"0.001\\",route=\\"/healthz\\",status=\\"2xx\\"} 0\\nlianhu_http_request_seconds_bucket{le=\\"0.0025\\",route=\\"/healthz\\",status=\\"2xx\\"} 0"',
  'noteOpenedMessages request':
    '{"sequences":[0]}',
  'openEnrolment 201 application/json':
    '{"code":"AAAAA-BBBBB-CCCCC-DDDDD","expiresAt":"2026-04-20T11:30:00.000+08:00"}',
  'openEnrolment request':
    '{"hours":2}',
  'openSubscription 201 application/json':
    '{"subscription":"0198f0aa-0000-7000-8000-000000000100","receipt":{"id":"0198f0aa-0000-7000-8000-000000000101","stream":"subscription-0198f0aa-0000-7000-8000-000000000100","revision":0,"recordedAt":"2026-04-20T09:30:00.000+08:00"},"secret":"whsec_…"}',
  'openSubscription request':
    '{"alerts":true,"feeds":["police-quarterly"],"channel":"webhook","url":"http://127.0.0.1:8080/hook","duty":true,"heartbeats":false}',
  'pauseSubscription 201 application/json':
    '{"id":"0198f0aa-0000-7000-8000-000000000100","stream":"subscription-0198f0aa-0000-7000-8000-000000000101","revision":2,"recordedAt":"2026-04-20T09:30:00.000+08:00"}',
  'previewFeed 200 application/json':
    '{"feed":"police-quarterly","period":"2026Q2","agency":"0198f0aa-0000-7000-8000-000000000100","rows":1,"counts":{"inScope":1,"rows":1,"high":1,"low":0,"notAssessed":0,"excluded":0,"stopped":0,"unmapped":0},"unmapped":0}',
  'previewFeed request':
    '{"agency":"0198f0aa-0000-7000-8000-000000000100"}',
  'readAccounting 200 application/x-ndjson':
    '{"agency":"0198f0aa-0000-7000-8000-000000000100","counts":{"excluded":0,"high":1,"inScope":1,"low":0,"notAssessed":0,"rows":1,"stopped":0,"unmapped":0},"cut":{"at":"2026-07-02T09:00:00.000+08:00","id":"0198f0aa-0000-7000-8000-000000000101"},"document":"0198f0aa-0000-7000-8000-000000000102","feed":"police-quarterly","format":"lianhu.accounting/1","period":"2026Q2","salt":"AAAAAAAAAAAAAAAAAAAAAA","suppressionsThrough":84,"versions":{"feed:police-quarterly":1,"policy:weihai-2019":1}}',
  'readAgency 200 application/json':
    '{"id":"0198f0aa-0000-7000-8000-00000000aaaa","role":"CHC","name":"示例第二中心","phone":"0631-5190004","superior":"0198f0aa-0000-7000-8000-00000000c4c0","dutyPhone":"0631-5190002","liveFrom":"2026-02-01","areas":[{"area":"371002009","from":"2026-01-01","to":"2026-12-31"}]}',
  'readDeliveries 200 application/json':
    '{"deliveries":[{"sequence":0,"id":"0198f0aa-0000-7000-8000-000000000100","kind":"test","class":"ROUTINE","state":"HANDED_OVER","queuedAt":"2026-04-20T09:30:00.000+08:00","redriven":{"at":"2026-04-20T09:30:00.000+08:00","by":"0198f0aa-0000-7000-8000-000000000101"},"handedOverAt":"2026-04-20T09:30:00.000+08:00"},{"sequence":1,"id":"0198f0aa-0000-7000-8000-000000000102","kind":"test","class":"ROUTINE","state":"HANDED_OVER","queuedAt":"2026-04-20T09:30:00.000+08:00","handedOverAt":"2026-04-20T09:30:00.000+08:00"},{"sequence":2,"id":"0198f0aa-0000-7000-8000-000000000103","kind":"risk-assessed","class":"ALARM","state":"HANDED_OVER","queuedAt":"2026-04-20T09:30:00.000+08:00","handedOverAt":"2026-07-02T09:00:00.000+08:00"},{"sequence":3,"id":"0198f0aa-0000-7000-8000-000000000104","kind":"danger","class":"ALARM","state":"HANDED_OVER","queuedAt":"2026-04-20T09:30:00.000+08:00","handedOverAt":"2026-07-02T09:00:00.000+08:00"},{"sequence":4,"id":"0198f0aa-0000-7000-8000-000000000105","kind":"document","class":"ROUTINE","state":"HANDED_OVER","queuedAt":"2026-07-02T09:00:00.000+08:00","handedOverAt":"2026-07-02T09:00:00.000+08:00"},{"sequence":5,"id":"0198f0aa-0000-7000-8000-000000000106","kind":"recalled","class":"RETRACTION","state":"QUEUED","queuedAt":"2026-07-02T09:00:00.000+08:00"}],"next":5,"length":6}',
  'readDocument 200 application/x-ndjson':
    '{"counts":{"high":1,"low":0,"notAssessed":0,"rows":1},"cut":{"at":"2026-07-02T09:00:00.000+08:00","id":"0198f0aa-0000-7000-8000-000000000100"},"deleteBy":"2026-12-29","document":"0198f0aa-0000-7000-8000-000000000101","feed":"police-quarterly","fieldSets":["police.high@1","police.token@1"],"format":"lianhu.document/1","period":"2026Q2","purposes":["STOP_AND_ESCORT"],"recipient":{"id":"0198f0aa-0000-7000-8000-000000000102","name":"单位 POLICE"},"rows":1,"simulated":true,"versions":{"feed:police-quarterly":1,"policy:weihai-2019":1}}',
  'readDocument 200 text/csv':
    '"\ufeff人员代号,姓名,证件号码,现住址,户籍地址,监护人姓名,监护人电话,与本人关系,危险性评估等级,评估日期,上次评估等级,评估状态,本期轻度滋事次数,本期肇事次数,本期肇祸次数,本期公安记录危险行为次数,失访原因,最后见到日期,失访报告日期,入院日期,出院日期,联系卫生机构,卫生机构电话,行编号\\r\\n0198f0aa-0000-7000-8000-000000000100,张示例,11010519491231002X,示例路1号,示例路1号,赵示例,13900000000,父母,4级,2026-03-02,,已评估,0,0,0,0,,,,,,单位 CHC,0631-0000000,0198f0aa-0000-7000-8000-000000000101\\r\\n"',
  'readHeld 200 application/json':
    '{"heldId":"0198f0aa-0000-7000-8000-000000000100","heldAt":"2026-04-20T09:30:00.000+08:00","agency":"0198f0aa-0000-7000-8000-000000000101","type":"DangerousBehaviorReported","person":{"name":"张示例","township":"371002001"},"event":{"data":{"at":"2026-03-04T22:00:00+08:00","injured":0,"kind":4,"narrative":"夜间敲砸邻居房门","reportedBy":{"name":"某邻居","phone":"13700000000","relation":"邻居"}},"id":"0198f0aa-0000-7000-8000-000000000102","type":"DangerousBehaviorReported","version":1},"agencyName":"单位 POLICE"}',
  'readManifest 200 application/json':
    '{"accountingDigest":"sha256:47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU","algorithms":{"commitment":"sha256(salt ‖ JCS(row without salt))","digest":"sha256 of the canonical bytes","root":"RFC 6962 tree hash (SHA-256) over the 32-byte commitments","signature":"Ed25519 over JCS without signature"},"commitments":[{"commitment":"sha256:47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU","id":"0198f0aa-0000-7000-8000-000000000100"}],"counts":{"high":1,"low":0,"notAssessed":0,"rows":1},"cut":{"at":"2026-07-02T09:00:00.000+08:00","id":"0198f0aa-0000-7000-8000-000000000101"},"document":"0198f0aa-0000-7000-8000-000000000102","documentDigest":"sha256:47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU","feed":"police-quarterly","fieldSets":["police.high@1","police.token@1"],"format":"lianhu.manifest/1","period":"2026Q2","recipient":"0198f0aa-0000-7000-8000-000000000103","root":"sha256:47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU","rows":1,"signature":"ed25519:AAAA","signedBy":"ed25519:AAAA","simulated":true,"versions":{"feed:police-quarterly":1,"policy:weihai-2019":1}}',
  'readMessages 200 application/json':
    '{"messages":[{"sequence":0,"id":"0198f0aa-0000-7000-8000-000000000100","envelope":{"class":"ALARM","data":{"expiresAt":"2026-04-21T09:30:00.000+08:00","facts":{"assessedOn":"2026-03-02","healthCentre":{"name":"单位 CHC","phone":"0631-0000000"},"householdAddress":"示例路1号","idNumber":"11010519491231002X","level":4,"name":"张示例","presentAddress":"示例路1号","pseudonym":"0198f0aa-0000-7000-8000-000000000101"},"fieldSet":"alert.police.high@1","staleAfter":"2026-09-02","text":"【警示】管理对象张示例危险性评估达到警示等级。现行4级（2026-03-02评估），2026-09-02后视为未评估。联系：单位 CHC，电话0631-0000000。","versions":{"envelope":1}},"datacontenttype":"application/json","id":"0198f0aa-0000-7000-8000-000000000100","kind":"risk-assessed","sequence":0,"source":"urn:lianhu:log:0198f0aa-0000-7000-8000-000000000102","specversion":"1.0","subject":"0198f0aa-0000-7000-8000-000000000101","time":"2026-04-20T09:30:00.000+08:00","type":"lianhu.message.risk-assessed"}},{"sequence":1,"id":"0198f0aa-0000-7000-8000-000000000103","envelope":{"class":"ALARM","data":{"expiresAt":"2026-04-21T09:30:00.000+08:00","facts":{"danger":{"at":"2026-03-04T22:00:00.000+08:00","injured":0,"kind":4},"guardian":{"name":"赵示例","phones":["13900000000"],"relation":"5"},"healthCentre":{"name":"单位 CHC","phone":"0631-0000000"},"idNumber":"11010519491231002X","name":"张示例","presentAddress":"示例路1号","pseudonym":"0198f0aa-0000-7000-8000-000000000101"},"fieldSet":"alert.danger.police@1","text":"【警示】管理对象张示例被报告危险行为：其他危害行为。联系：单位 CHC，电话0631-0000000。","versions":{"envelope":1}},"datacontenttype":"application/json","id":"0198f0aa-0000-7000-8000-000000000103","kind":"danger","sequence":1,"source":"urn:lianhu:log:0198f0aa-0000-7000-8000-000000000102","specversion":"1.0","subject":"0198f0aa-0000-7000-8000-000000000101","time":"2026-04-20T09:30:00.000+08:00","type":"lianhu.message.danger"}},{"sequence":2,"id":"0198f0aa-0000-7000-8000-000000000104","envelope":{"class":"ROUTINE","data":{"expiresAt":"2026-07-21T09:30:00.000+08:00","facts":{},"fieldSet":"test@1","text":"【消息】这是一条测试消息，无需处置。","versions":{"envelope":1}},"datacontenttype":"application/json","id":"0198f0aa-0000-7000-8000-000000000104","kind":"test","sequence":2,"source":"urn:lianhu:log:0198f0aa-0000-7000-8000-000000000102","specversion":"1.0","subject":"test","time":"2026-04-20T09:30:00.000+08:00","type":"lianhu.message.test"}}],"parked":[],"next":2,"length":3}',
  'readPatient 200 application/json':
    '{"patientId":"0198f0aa-0000-7000-8000-000000000100","revision":31,"provisional":false,"state":{"programmes":{"COMMUNITY_MANAGEMENT":{"open":false,"since":"2026-03-01"},"MEDICAL_AID":{"open":true,"since":"2026-02-01"}},"missedAttempts":[],"diagnosis":{"category":1,"icd10":"F20.0","confirmedOn":"2026-01-05","excludedOn":"2026-02-02"},"responsibleUnit":"0198f0aa-0000-7000-8000-00000000c4c0","identity":{"alias":"小张","birthDate":"1949-12-31","idNumber":"11010519491231002X","idType":"1","name":"张示例","phones":["13800000000"],"sex":"2","status":"VERIFIED"},"householdTownship":"371002001","householdAddress":{"region":"371002001003","text":"示例路1号"},"economicStatus":1,"employment":4,"residence":{"township":"371002002","address":{"text":"新村3号"},"area":"371002002001","since":"2026-03-10"},"registered":{"id":"0198f0aa-0000-7000-8000-000000000102","at":"2026-01-10","recordedAt":"2026-04-20T09:30:00.000+08:00","basis":"SIX_DISEASES"},"notice":{"on":"2026-01-12"},"serviceConsent":{"state":"WITHDRAWN","on":"2026-01-12","validTo":"2027-01-11"},"guardian":{"ref":{"idNumber":"440524188001010014","name":"赵示例","phones":["13900000000"]},"kind":"VILLAGE_COMMITTEE","relation":"8","capacity":true,"since":"2026-02-12"},"diagnosisExcluded":{"on":"2026-02-02"},"applications":[{"recipient":"LABOUR","programme":"VOCATIONAL_TRAINING","on":"2026-02-04","grantedOn":"2026-02-20"}],"flags":{"povertyTarget":{"value":true,"on":"2026-02-05"},"guardianSubsidy":{"value":false,"on":"2026-02-05"},"disabilityCert":{"id":"0198f0aa-0000-7000-8000-000000000103","held":true,"level":2,"on":"2026-02-05","byRole":"CHC"},"careGroupServed":{"value":true,"on":"2026-02-05"},"familyDoctorSigned":{"value":true,"on":"2026-02-05"},"communityRehab":{"value":false,"on":"2026-02-05"}},"lastFollowUp":{"id":"0198f0aa-0000-7000-8000-000000000104","date":"2026-03-02T09:30:00.000+08:00","form":2,"adherence":1,"nextDate":"2026-06-01","hospitalStay":0},"risk":{"eventId":"0198f0aa-0000-7000-8000-000000000105","level":3,"assessedAt":"2026-03-02T09:30:00.000+08:00","targets":"PROPERTY"},"conditionClass":{"value":1,"at":"2026-03-02T09:30:00.000+08:00"},"lastRefusal":{"by":"GUARDIAN","at":"2026-03-06"},"stay":{"id":"0198f0aa-0000-7000-8000-000000000106","route":"ART30_1_GUARDIAN_CONSENT","institution":"示例精神卫生中心","admittedOn":"2026-03-11","dischargedOn":"2026-03-25","dischargeOutcome":"HOME_WITH_GUARDIAN"}}}',
  'readPeriod 200 application/json':
    '{"feed":"police-quarterly","period":"2026Q2","closesOn":"2026-07-08","state":"RELEASED","cut":{"id":"0198f0aa-0000-7000-8000-000000000100","at":"2026-07-02T09:00:00.000+08:00","by":"HAND"},"documents":[{"agency":"0198f0aa-0000-7000-8000-000000000101","document":"0198f0aa-0000-7000-8000-000000000102","rows":1,"counts":{"inScope":1,"rows":1,"high":1,"low":0,"notAssessed":0,"excluded":0,"stopped":0,"unmapped":0},"root":"sha256:47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU","documentDigest":"sha256:47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU","accountingDigest":"sha256:47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU","releasedAt":"2026-07-02T09:00:00.000+08:00"}],"unmapped":0}',
  'readSchema 200 application/schema+json':
    '{"$schema":"https://json-schema.org/draft/2020-12/schema","$id":"/schemas/RecordRetracted@1","title":"撤销记录 Record retracted","type":"object","properties":{"scope":{"title":"撤销范围","type":"string","enum":["VERSION","FACT"],"x-codes":{"VERSION":"撤销此版本，恢复前一版本 This version: what it replaced stands again","FACT":"撤销整个事实 The whole fact"},"x-mark":"clear"},"reason":{"title":"撤销原因 Reason","type":"string","minLength":1,"maxLength":500,"x-mark":"personal:patient"}},"required":["reason"],"additionalProperties":false,"x-type":"RecordRetracted","x-version":1,"x-recorders":["CHC","VILLAGE","HOSPITAL","MHPC","POLICE","PL","CA","RELIEF","DPF","LABOUR","FIN","HIB","HEALTH_COMMISSION","LEADING_OFFICE","SUBDISTRICT","COMMUNITY","PHARMACY","HOSP_INSURANCE","COURT_RELAY"],"x-clauses":["PIPL 46","design §3"]}',
  'readSecret 200 application/json':
    '{"secret":"whsec_…","previous":{"secret":"whsec_…","until":"2026-04-22T09:30:00.000+08:00"}}',
  'readSubscription 200 application/json':
    '{"id":"0198f0aa-0000-7000-8000-000000000100","agency":"0198f0aa-0000-7000-8000-000000000101","alerts":false,"feeds":[],"channel":"files","duty":false,"paused":false,"isOpen":true,"secretNumber":1,"publicKey":{"thumbprint":"giQqigT_IKcuzHl0FVJ3k5ts3_TWNAxvsC08UZsfcM8","jwk":{"kty":"OKP","crv":"X25519","x":"3p7bfXt9wbTTW2HC7OQ1Nz-DQ8hbeGdNrfx-FG-IK08"}},"delivery":{"length":0,"cursor":0,"parked":[],"redriving":[],"collectedThrough":-1,"acknowledgedThrough":-1}}',
  'readiness 200 application/json':
    '{"isReady":true,"checks":[{"name":"vault","isOk":true},{"name":"log","isOk":true},{"name":"writable","isOk":true},{"name":"clock","isOk":true},{"name":"read models","isOk":true},{"name":"dispatcher","isOk":true}]}',
  'readiness 503 application/json':
    '{"isReady":false,"checks":[{"name":"vault","isOk":true},{"name":"log","isOk":true},{"name":"writable","isOk":true},{"name":"clock","isOk":false,"detail":"540 s behind the last event: no period closes until it has passed that, or an operator confirms it"},{"name":"read models","isOk":true},{"name":"dispatcher","isOk":true}]}',
  'rebuildProjection 200 application/json':
    '{"projection":"patient-record@2","leafIndex":93,"compared":2,"differing":0,"differences":[]}',
  'recordBatch 200 application/x-ndjson':
    '{"line":1,"status":201,"receipts":[{"id":"0198f0aa-0000-7000-8000-000000000100","stream":"patient-0198f0aa-0000-7000-8000-000000000101","revision":4,"recordedAt":"2026-04-20T09:30:00.000+08:00"}],"warnings":[{"pointer":"/data/class","rule":"condition.nextDateFits","message":"who is unstable is followed up within two weeks, please check the next date","messageZh":"病情不稳定者应在两周内再次随访，请核对下次随访日期"}]}',
  'recordBatch request':
    '{"patientId":"0198f0aa-0000-7000-8000-000000000100","type":"ConditionClassified","occurredAt":"2026-03-02T09:30:00+08:00","data":{"class":1,"basis":["RISK_LEVEL","SYMPTOMS"]}}',
  'recordEvents 200 application/json':
    '{"receipts":[{"id":"0198f0aa-0000-7000-8000-000000000100","stream":"patient-0198f0aa-0000-7000-8000-000000000101","revision":1,"recordedAt":"2026-04-20T09:30:00.000+08:00"},{"id":"0198f0aa-0000-7000-8000-000000000102","stream":"patient-0198f0aa-0000-7000-8000-000000000101","revision":2,"recordedAt":"2026-04-20T09:30:00.000+08:00"}]}',
  'recordEvents 201 application/json':
    '{"receipts":[{"id":"0198f0aa-0000-7000-8000-000000000100","stream":"patient-0198f0aa-0000-7000-8000-000000000101","revision":20,"recordedAt":"2026-04-20T09:30:00.000+08:00"}],"warnings":[{"pointer":"/data/class","rule":"condition.nextDateFits","message":"who is unstable is followed up within two weeks, please check the next date","messageZh":"病情不稳定者应在两周内再次随访，请核对下次随访日期"}]}',
  'recordEvents 202 application/json':
    '{"heldId":"0198f0aa-0000-7000-8000-000000000100"}',
  'recordEvents request':
    '{"type":"PatientRegistered","occurredAt":"2026-01-10","data":{"identity":{"name":"张示例","alias":"小张","idType":"1","idNumber":"11010519491231002X","status":"VERIFIED","sex":"2","birthDate":"1949-12-31","phones":["13800000000"]},"householdTownship":"371002001","householdAddress":{"region":"371002001003","text":"示例路1号"},"presentTownship":"371002001","presentAddress":{"region":"371002001003","text":"示例路1号"},"presentArea":"371002001003","responsibleUnit":"0198f0aa-0000-7000-8000-00000000c4c0","gridCell":"A-12","registrationBasis":"SIX_DISEASES","programme":"COMMUNITY_MANAGEMENT","householdType":1,"residentSince":"2001-05-01","economicStatus":3,"employment":4,"education":7,"marital":"10"}}',
  'redeemEnrolment 201 application/json':
    '{"agency":"0198f0aa-0000-7000-8000-00000000aaaa","keyId":"0198f0aa-0000-7000-8000-000000000101","key":"lh_…","person":"0198f0aa-0000-7000-8000-000000000102"}',
  'redeemEnrolment request':
    '{"code":"AAAAA-BBBBB-CCCCC-DDDDD","staffName":"测试医生丙"}',
  'redriveMessages 200 application/json':
    '{"sequences":[0],"keys":1,"isDryRun":false}',
  'redriveMessages request':
    '{"dryRun":false}',
  'registerPublicKey 201 application/json':
    '{"thumbprint":"giQqigT_IKcuzHl0FVJ3k5ts3_TWNAxvsC08UZsfcM8","receipt":{"id":"0198f0aa-0000-7000-8000-000000000100","stream":"subscription-0198f0aa-0000-7000-8000-000000000101","revision":1,"recordedAt":"2026-04-20T09:30:00.000+08:00"}}',
  'registerPublicKey request':
    '{"jwk":{"kty":"OKP","crv":"X25519","x":"3p7bfXt9wbTTW2HC7OQ1Nz-DQ8hbeGdNrfx-FG-IK08"}}',
  'rejectHeld request':
    '{"reason":"SENT_IN_ERROR"}',
  'relayAlert 201 application/json':
    '{"id":"0198f0aa-0000-7000-8000-000000000100","stream":"alert-0198f0aa-0000-7000-8000-000000000101-0198f0aa-0000-7000-8000-000000000102","revision":2,"recordedAt":"2026-04-20T09:30:00.000+08:00"}',
  'relayAlert request':
    '{"to":"DUTY_OFFICER","means":"TELEPHONE"}',
  'replayPatient 200 application/json':
    '{"patientId":"0198f0aa-0000-7000-8000-000000000100","revision":5,"provisional":false,"entries":[{"standing":"IN_FORCE","event":{"id":"0198f0aa-0000-7000-8000-000000000101","type":"PatientRegistered","version":1,"revision":0,"occurredAt":"2026-01-10","recordedAt":"2026-04-20T09:30:00.000+08:00","recordedBy":{"agency":"0198f0aa-0000-7000-8000-00000000c4c0","role":"CHC","person":"0198f0aa-0000-7000-8000-000000000103","client":"0198f0aa-0000-7000-8000-000000000104"},"source":{"kind":"api"},"data":{"householdTownship":"371002001","presentTownship":"371002001","responsibleUnit":"0198f0aa-0000-7000-8000-00000000c4c0","gridCell":"A-12","registrationBasis":"SIX_DISEASES","programme":"COMMUNITY_MANAGEMENT","householdType":1,"residentSince":"2001-05-01","economicStatus":3,"employment":4,"education":7,"marital":"10","identity":{"sealed":true},"householdAddress":{"sealed":true},"presentAddress":{"sealed":true},"presentArea":{"sealed":true}}}},{"standing":"IN_FORCE","event":{"id":"0198f0aa-0000-7000-8000-000000000105","type":"GuardianDesignated","version":1,"revision":3,"occurredAt":"2026-01-12","recordedAt":"2026-04-20T09:30:00.000+08:00","recordedBy":{"agency":"0198f0aa-0000-7000-8000-00000000c4c0","role":"CHC","person":"0198f0aa-0000-7000-8000-000000000103","client":"0198f0aa-0000-7000-8000-000000000104"},"source":{"kind":"api"},"data":{"kind":"PARENT","relation":"5","capacity":true,"guardian":{"sealed":true},"reason":{"sealed":true}}}},{"standing":"IN_FORCE","event":{"id":"0198f0aa-0000-7000-8000-000000000106","type":"FollowUpCompleted","version":1,"revision":1,"occurredAt":"2026-03-02T09:30:00.000+08:00","recordedAt":"2026-04-20T09:30:00.000+08:00","recordedBy":{"agency":"0198f0aa-0000-7000-8000-00000000c4c0","role":"CHC","person":"0198f0aa-0000-7000-8000-000000000103","client":"0198f0aa-0000-7000-8000-000000000104"},"source":{"kind":"api"},"data":{"form":2,"respondents":[1,2],"hospitalStay":0,"adherence":1,"dangerCounts":{"1":0,"2":0,"3":0,"4":0,"5":0,"6":0},"confinement":1,"referralAdvised":false,"nextDate":"2026-06-01","doctor":"staff-2","note":{"sealed":true},"clinical":{"sealed":true}}}},{"standing":"IN_FORCE","event":{"id":"0198f0aa-0000-7000-8000-000000000107","type":"RiskAssessed","version":1,"revision":2,"occurredAt":"2026-03-02T09:30:00.000+08:00","recordedAt":"2026-04-20T09:30:00.000+08:00","recordedBy":{"agency":"0198f0aa-0000-7000-8000-00000000c4c0","role":"CHC","person":"0198f0aa-0000-7000-8000-000000000103","client":"0198f0aa-0000-7000-8000-000000000104"},"source":{"kind":"api"},"data":{"level":4,"evidence":["SMASHING_ANYWHERE","NOT_STOPPABLE"],"targets":"PERSON","place":"ANY","stoppable":false,"weapon":false,"assessorQualification":"TRAINED_PHYSICIAN","narrative":{"sealed":true}}}},{"standing":"IN_FORCE","event":{"id":"0198f0aa-0000-7000-8000-000000000108","type":"ConditionClassified","version":1,"revision":4,"occurredAt":"2026-03-02T09:30:00.000+08:00","recordedAt":"2026-04-20T09:30:00.000+08:00","recordedBy":{"agency":"0198f0aa-0000-7000-8000-00000000c4c0","role":"CHC","person":"0198f0aa-0000-7000-8000-000000000103","client":"0198f0aa-0000-7000-8000-000000000104"},"source":{"kind":"api"},"data":{"class":1,"basis":["RISK_LEVEL","SYMPTOMS"]}}},{"standing":"IN_FORCE","event":{"id":"0198f0aa-0000-7000-8000-000000000109","type":"DangerousBehaviorReported","version":1,"revision":5,"occurredAt":"2026-03-04T22:00:00.000+08:00","recordedAt":"2026-04-20T09:30:00.000+08:00","recordedBy":{"agency":"0198f0aa-0000-7000-8000-00000000010a","role":"POLICE","person":"0198f0aa-0000-7000-8000-00000000010b","client":"0198f0aa-0000-7000-8000-00000000010c"},"source":{"kind":"api"},"causation":{"stream":"held-0198f0aa-0000-7000-8000-00000000010d","id":"0198f0aa-0000-7000-8000-000000000109"},"data":{"kind":4,"injured":0,"narrative":{"sealed":true},"reportedBy":{"sealed":true}}}}]}',
  'reportOutcome 201 application/json':
    '{"id":"0198f0aa-0000-7000-8000-000000000100","stream":"alert-0198f0aa-0000-7000-8000-000000000101-0198f0aa-0000-7000-8000-000000000102","revision":3,"recordedAt":"2026-04-20T09:30:00.000+08:00"}',
  'reportOutcome request':
    '{"outcome":"HANDLED"}',
  'resumeSubscription 201 application/json':
    '{"id":"0198f0aa-0000-7000-8000-000000000100","stream":"subscription-0198f0aa-0000-7000-8000-000000000101","revision":3,"recordedAt":"2026-04-20T09:30:00.000+08:00"}',
  'retireSecret 201 application/json':
    '{"id":"0198f0aa-0000-7000-8000-000000000100","stream":"subscription-0198f0aa-0000-7000-8000-000000000101","revision":10,"recordedAt":"2026-04-20T09:30:00.000+08:00"}',
  'revokeKey request':
    '{"reason":"LOST"}',
  'rewindMessages 200 application/json':
    '{"sequences":[0],"keys":1,"isDryRun":true}',
  'rewindMessages request':
    '{"from":0,"dryRun":true}',
  'rotateSecret 201 application/json':
    '{"secret":"whsec_…","previous":{"secret":"whsec_…","until":"2026-04-22T09:30:00.000+08:00"},"receipt":{"id":"0198f0aa-0000-7000-8000-000000000100","stream":"subscription-0198f0aa-0000-7000-8000-000000000101","revision":8,"recordedAt":"2026-04-20T09:30:00.000+08:00"}}',
  'rotateSecret request':
    '{"overlapHours":48}',
  'testSubscription 201 application/json':
    '{"id":"0198f0aa-0000-7000-8000-000000000100","stream":"subscription-0198f0aa-0000-7000-8000-000000000101","revision":4,"recordedAt":"2026-04-20T09:30:00.000+08:00"}',
  'verifyPeriod 200 application/json':
    '{"feed":"police-quarterly","period":"2026Q2","isEqual":true,"documents":[{"agency":"0198f0aa-0000-7000-8000-000000000100","document":"0198f0aa-0000-7000-8000-000000000101","isEqual":true,"released":{"root":"sha256:47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU","documentDigest":"sha256:47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU","accountingDigest":"sha256:47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU"},"recomputed":{"root":"sha256:47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU","documentDigest":"sha256:47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU","accountingDigest":"sha256:47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU"}}]}',
  'verifyProjection 200 application/json':
    '{"projection":"patient-record@2","leafIndex":89,"compared":2,"differing":0,"differences":[]}',
}
