namespace Monorepo.Workspace.Status;

/// <summary>How a path of the working tree differs from the checked-out commit. There is no staging area, so one letter says it all.</summary>
public enum StatusCode
{
    /// <summary>Other contents, another link target or another executable bit.</summary>
    Modified,

    /// <summary>Not there any more, or a directory stands in its place.</summary>
    Deleted,

    /// <summary>A file became a symbolic link or the reverse.</summary>
    TypeChanged,

    /// <summary>In no commit and not ignored.</summary>
    Untracked,

    /// <summary>In no commit and ignored.</summary>
    Ignored,

    /// <summary>In no commit, but the next one is to have it.</summary>
    Added,

    /// <summary>The next commit is not to have it any more. A file that is there is listed by itself, as one that is not tracked.</summary>
    Removed,

    /// <summary>The next commit was to have it, but there is no file any more.</summary>
    AddedMissing,
}

/// <summary>One line of a status.</summary>
/// <param name="Path">Relative to the top of the working tree, as the file system has it; a whole directory ends in a slash.</param>
/// <param name="Code">What happened to it.</param>
public readonly record struct StatusEntry(byte[] Path, StatusCode Code)
{
    /// <summary>A commit of all changes takes it.</summary>
    public bool IsTrackedChange => Code is not (StatusCode.Untracked or StatusCode.Ignored);

    /// <summary>Tracked paths, then untracked ones, then ignored ones; by bytes within each.</summary>
    public static Comparison<StatusEntry> GitOrder { get; } =
        static (a, b) => (a.Group, b.Group) is var (x, y) && x != y ? x.CompareTo(y) : a.Path.AsSpan().SequenceCompareTo(b.Path);

    private int Group => Code switch
    {
        StatusCode.Ignored => 2,
        StatusCode.Untracked => 1,
        _ => 0,
    };
}
