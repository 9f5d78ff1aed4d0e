namespace Monorepo.Workspace.Files;

/// <summary>Rules for paths below the working copy's root: bytes, components joined by '/'.</summary>
public static class WorkingPath
{
    /// <summary>The longest single name Linux file systems keep.</summary>
    public const int NameBytesMax = 255;

    /// <summary>Our own state's directory in the working copy's root.</summary>
    public static ReadOnlySpan<byte> StateDirectory => ".mr"u8;

    /// <summary>Git's state directory, never ours to touch.</summary>
    public static ReadOnlySpan<byte> GitDirectory => ".git"u8;

    /// <summary>Cuts a path in its directory ("" for the root) and its last component.</summary>
    public static ReadOnlySpan<byte> Split(ReadOnlySpan<byte> path, out ReadOnlySpan<byte> name)
    {
        int slash = path.LastIndexOf((byte)'/');
        name = path[(slash + 1)..];
        return slash < 0 ? default : path[..slash];
    }

    /// <summary>
    /// True for a name that a tree may put in the working copy: not empty, no slash or NUL, not "." or "..", no state directory
    /// of ours or of git in any case of letters (file systems that fold case exist), and short enough for the file system.
    /// </summary>
    public static bool IsSafeName(ReadOnlySpan<byte> name)
    {
        if (name.IsEmpty || name.Length > NameBytesMax || name.IndexOfAny((byte)0, (byte)'/') >= 0)
            return false;
        return !name.SequenceEqual("."u8) && !name.SequenceEqual(".."u8)
            && !System.Text.Ascii.EqualsIgnoreCase(name, GitDirectory) && !System.Text.Ascii.EqualsIgnoreCase(name, StateDirectory);
    }

    /// <summary>True where each component is a safe name.</summary>
    public static bool IsSafe(ReadOnlySpan<byte> path)
    {
        foreach (Range component in path.Split((byte)'/'))
        {
            if (!IsSafeName(path[component]))
                return false;
        }

        return true;
    }

    /// <summary>True for the names a scan never looks at, at any depth.</summary>
    public static bool IsStateName(ReadOnlySpan<byte> name) => name.SequenceEqual(GitDirectory) || name.SequenceEqual(StateDirectory);
}
