using Monorepo.Workspace.Configuration;
using Monorepo.Workspace.Remote;

namespace Monorepo.Workspace.Clones;

/// <summary>What makes a file of settings a clone's <c>config.json</c>: it says its version and where the repository is. Layout in FORMAT.md.</summary>
internal static class CloneConfig
{
    /// <exception cref="CloneException">The file is missing, damaged or of another version.</exception>
    /// <exception cref="ConfigException">A value in it is not what its key takes.</exception>
    public static RepositoryUrl UrlOf(Settings settings)
    {
        try
        {
            ConfigFile file = settings.OfClone!;
            return file.Find(ConfigKeys.Url) is { } url
                ? RepositoryUrl.Parse(url)
                : throw new CloneException(CloneError.Damaged, File.Exists(file.Path) ? $"'{file.Path}' names no repository." : $"'{file.Path}' is missing.");
        }
        catch (ConfigException e) when (e.IsOtherVersion)
        {
            throw new CloneException(CloneError.OtherVersion, e.Message, e);
        }
        catch (ConfigException e) when (e.Key is null)
        {
            throw new CloneException(CloneError.Damaged, e.Message, e);
        }
    }

    /// <inheritdoc cref="UrlOf(Settings)"/>
    public static RepositoryUrl UrlOf(ClonePaths clone) => UrlOf(new Settings(SettingSources.None, clone.Config));

    public static void Create(ClonePaths clone, RepositoryUrl url, IReadOnlyList<Uri>? edges)
    {
        if (edges is null)
        {
            ConfigFile.Create(clone.Config, (ConfigKeys.Url, url.ToString()));
            return;
        }

        string blobs = string.Join(',', edges.Select(static e => e.GetLeftPart(UriPartial.Authority)));
        ConfigFile.Create(clone.Config, (ConfigKeys.Url, url.ToString()), (ConfigKeys.Blobs, blobs));
    }
}
