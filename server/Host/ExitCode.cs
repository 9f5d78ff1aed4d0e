namespace Monorepo.Host;

/// <summary>What <c>monorepod</c> tells its supervisor. The numbers are stable; <c>--help</c> lists them.</summary>
internal enum ExitCode
{
    /// <summary>Stopped by a signal and drained, or only asked for help or version.</summary>
    Ok = 0,

    /// <summary>A defect, or a failure of the machine; the log says more.</summary>
    Failed = 1,

    /// <summary>The command line or the config file is wrong.</summary>
    Usage = 2,

    /// <summary>Another process has the data directory open.</summary>
    DataInUse = 3,

    /// <summary>The data directory holds another version's data, none of ours, or damaged data.</summary>
    DataUnusable = 4,

    /// <summary>An address can't be listened on.</summary>
    AddressUnusable = 5,

    /// <summary>A library is not installed.</summary>
    MissingLibrary = 6,
}
