using Monorepo.Workspace.Configuration;

namespace Monorepo.Workspace.Merging;

/// <summary>What a merge does with a file that one side put into a directory which the other side renamed.</summary>
public enum DirectoryRenames
{
    /// <summary>It goes to the renamed directory as a conflict: somebody has to say whether it should be there.</summary>
    Conflict,

    /// <summary>It goes to the renamed directory.</summary>
    True,

    /// <summary>It stays where it was put.</summary>
    False,
}

/// <summary>Reads <see cref="ConfigKeys.MergeDirectoryRenames"/>.</summary>
internal static class DirectoryRenamesSetting
{
    public static DirectoryRenames Of(Settings settings) =>
        settings.ValueOf(ConfigKeys.MergeDirectoryRenames) is { } value ? Enum.Parse<DirectoryRenames>(value, ignoreCase: true) : DirectoryRenames.Conflict;
}
