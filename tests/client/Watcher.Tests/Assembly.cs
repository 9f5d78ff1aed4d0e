using System.Runtime.Versioning;

[assembly: SupportedOSPlatform("linux")]

// One test at a time: the cores belong to the programs that a test starts.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
