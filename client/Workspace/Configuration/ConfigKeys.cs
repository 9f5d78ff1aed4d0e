using System.Globalization;
using Monorepo.Workspace.Remote;

namespace Monorepo.Workspace.Configuration;

/// <summary>Every setting that there is: what files may hold, and what the manual lists.</summary>
public static class ConfigKeys
{
    /// <summary>What the names of aliases begin with.</summary>
    public const string AliasPrefix = "alias.";

    /// <summary>Less than this is no cache worth its files.</summary>
    public const long CacheBytesMin = 16 << 20;

    public static readonly ConfigKey Url = new("url", "The repository's address.", "http://HOST:PORT/NAME or https://HOST:PORT/NAME", static v => RepositoryUrl.TryParse(v, out _)) { IsOfClone = true };

    public static readonly ConfigKey UserName = new("user.name", "Your name, as commits have it.", "a name without '<', '>' and line breaks", IsPersonal)
    {
        OldName = "userName",
        Default = "git's user.name",
    };

    public static readonly ConfigKey UserEmail = new("user.email", "Your mail address, as commits have it.", "an address without '<', '>' and line breaks", IsPersonal)
    {
        OldName = "userEmail",
        Default = "git's user.email",
    };

    public static readonly ConfigKey MaxFetch = new("maxFetch", "A command that needs to fetch more is refused before it starts.", $"a size such as {ByteSize.Examples}", static v => ByteSize.TryParse(v, out _))
    {
        Variable = "MR_MAX_FETCH",
        Default = "no limit",
    };

    public static readonly ConfigKey Blobs = new("blobs", "Edges to get contents from, in order, before the history server.", $"addresses, {EdgeAddress.Form}, with commas", static v => EdgeAddress.TryParseList(v) is not null)
    {
        Variable = "MR_BLOBS",
        Default = "the edges that the server names",
        IsList = true,
    };

    public static readonly ConfigKey Watcher = new("watcher", "Whether commands start a watcher. 'off' counts wherever it is said.", "off, on, inotify or portable", static v => v is "off" or "on" or "inotify" or "portable")
    {
        Variable = "MR_WATCHER",
        Default = "on",
    };

    public static readonly ConfigKey CacheSize = new(
        "cache.size", "How large the object cache may grow that all your clones share; its oldest objects go first.", $"a size of 16M or more, such as {ByteSize.Examples}", static v => ByteSize.TryParse(v, out long bytes) && bytes >= CacheBytesMin)
    {
        Variable = "MR_CACHE_SIZE",
        Default = "10G, or a tenth of the disk where that is less",
    };

    public static readonly ConfigKey GcKeepDays = new("gc.keepDays", "'mr gc' keeps commits that nothing names until they are this old.", "a number of days, 0 to 36500", static v => int.TryParse(v, NumberStyles.None, CultureInfo.InvariantCulture, out int days) && days <= 36500)
    {
        Default = "14",
    };

    public static readonly ConfigKey Color = new("color", "Colours in what people read. 'auto': where the output is a terminal.", "auto, always or never", static v => v is "auto" or "always" or "never")
    {
        Default = "auto; 'never' where NO_COLOR is set",
    };

    public static readonly ConfigKey Pager = new("pager", "The program that long output on a terminal goes through; 'cat': none.", "a command line of the shell", static v => !v.Contains('\n', StringComparison.Ordinal))
    {
        Variable = "MR_PAGER",
        Default = "PAGER, else less",
    };

    public static readonly ConfigKey DiffRenames = new("diff.renames", "Whether renamed files are shown as one change.", "true or false", static v => v is "true" or "false")
    {
        Default = "true",
    };

    public static readonly ConfigKey DiffRenameLimit = new("diff.renameLimit", "Renames with edits are looked for among up to so many removed and added files; 0: among any number.", "a number", static v => int.TryParse(v, NumberStyles.None, CultureInfo.InvariantCulture, out _))
    {
        Default = "1000",
    };

    public static readonly ConfigKey MergeDirectoryRenames = new(
        "merge.directoryRenames",
        "Whether a file that one side added to a directory follows where the other side renamed that to. 'conflict': it does, and the merge stops there to ask.",
        "true, false or conflict",
        static v => v is "true" or "false" or "conflict")
    {
        Default = "conflict",
    };

    /// <summary>In the order of the manual; the family of aliases is not among them.</summary>
    public static readonly IReadOnlyList<ConfigKey> All = [Url, UserName, UserEmail, Color, Pager, DiffRenames, DiffRenameLimit, MergeDirectoryRenames, Watcher, MaxFetch, Blobs, CacheSize, GcKeepDays];

    /// <summary>The family of aliases, for the manual.</summary>
    public static readonly ConfigKey AnyAlias = Alias("NAME");

    /// <summary>The key of a name, also of one from an earlier version; null: there is none.</summary>
    public static ConfigKey? Find(string name)
    {
        foreach (ConfigKey key in All)
        {
            if (string.Equals(key.Name, name, StringComparison.Ordinal) || string.Equals(key.OldName, name, StringComparison.Ordinal))
            {
                return key;
            }
        }

        return name.StartsWith(AliasPrefix, StringComparison.Ordinal) && IsAliasName(name.AsSpan(AliasPrefix.Length)) ? Alias(name[AliasPrefix.Length..]) : null;
    }

    /// <summary>The key of an alias.</summary>
    public static ConfigKey Alias(string name) => new(
        AliasPrefix + name, $"'mr {name}' is short for this command line of mr.", "a command line of mr, without 'mr' in front", static v => v.Trim().Length > 0 && !v.TrimStart().StartsWith('!'));

    public static bool IsAliasName(ReadOnlySpan<char> name)
    {
        foreach (char c in name)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('-' or '_'))
            {
                return false;
            }
        }

        return !name.IsEmpty && name[0] != '-';
    }

    private static bool IsPersonal(string value) => value.Trim().Length > 0 && value.AsSpan().IndexOfAny("<>\n\r\0") < 0;
}
