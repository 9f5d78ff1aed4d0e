namespace Monorepo.Import.Sources;

/// <summary>Where a repository's parts lie, found without opening it, so that what we can't read is refused for the right reason.</summary>
/// <param name="GitPath">Holds HEAD; of a linked worktree its own.</param>
/// <param name="CommonPath">Holds the objects and refs.</param>
internal sealed record GitDirectory(string GitPath, string CommonPath)
{
    private const string GitFilePrefix = "gitdir:";

    public string ObjectsPath => Path.Combine(CommonPath, "objects");

    public bool IsShallow => new FileInfo(Path.Combine(CommonPath, "shallow")) is { Exists: true, Length: > 0 };

    /// <summary>Finds the repository at exactly this path: bare, with a working copy, or a linked worktree. Null where there is none.</summary>
    public static GitDirectory? Find(string path)
    {
        string dotGit = Path.Combine(path, ".git");
        string gitPath = path;
        if (Directory.Exists(dotGit))
        {
            gitPath = dotGit;
        }
        else if (File.Exists(dotGit))
        {
            string pointer = File.ReadAllText(dotGit).Trim();
            if (!pointer.StartsWith(GitFilePrefix, StringComparison.Ordinal))
                return null;
            gitPath = Path.GetFullPath(pointer[GitFilePrefix.Length..].Trim(), path);
        }

        if (!File.Exists(Path.Combine(gitPath, "HEAD")))
            return null;
        string commonFile = Path.Combine(gitPath, "commondir");
        string commonPath = File.Exists(commonFile) ? Path.GetFullPath(File.ReadAllText(commonFile).Trim(), gitPath) : gitPath;
        return Directory.Exists(Path.Combine(commonPath, "objects")) ? new GitDirectory(Path.GetFullPath(gitPath), commonPath) : null;
    }

    /// <summary>git's name of the hash that ids are made with. Only a line of the form git itself writes is understood.</summary>
    public string ReadObjectFormat()
    {
        string config = Path.Combine(CommonPath, "config");
        bool inExtensions = false;
        foreach (string raw in File.Exists(config) ? File.ReadLines(config) : [])
        {
            string line = raw.Trim();
            if (line.StartsWith('['))
                inExtensions = line.Equals("[extensions]", StringComparison.OrdinalIgnoreCase);
            else if (inExtensions && line.Split('=') is [string key, string value] && key.Trim().Equals("objectformat", StringComparison.OrdinalIgnoreCase))
                return value.Trim();
        }

        return "sha1";
    }
}
