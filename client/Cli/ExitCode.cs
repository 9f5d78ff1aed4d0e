namespace Monorepo.Cli;

/// <summary>What <c>mr</c> ends with. Scripts may rely on the numbers; git's where git has one.</summary>
public enum ExitCode
{
    Success = 0,

    /// <summary>The command did its work and the answer is "no" or "differs".</summary>
    Negative = 1,

    /// <summary>The command line is wrong.</summary>
    Usage = 2,

    /// <summary>Something the command needs is not there: a revision, a path, a clone.</summary>
    NotFound = 3,

    /// <summary>It would overwrite what the user has not saved, or another command is at work.</summary>
    Conflict = 4,

    /// <summary>The server can't be reached and what is here does not suffice. Trying again may help.</summary>
    Unavailable = 5,

    /// <summary>The disk is full or refuses.</summary>
    Disk = 6,

    /// <summary>Bytes here or from the server are not what they must be.</summary>
    Corrupt = 7,

    /// <summary>It would fetch more than <c>--max-fetch</c> allows.</summary>
    OverBudget = 8,

    /// <summary>A defect in mr.</summary>
    Internal = 70,

    /// <summary>Ctrl-C.</summary>
    Interrupted = 130,
}
