using Monorepo.Testing.Git;

namespace Monorepo.EndToEnd.Tests.Running;

/// <summary>Where the published programs are: the folder that MONOREPO_BIN names, or out/bin of this checkout.</summary>
internal static class Programs
{
    public static string Client => Find("mr");

    public static string Server => Find("monorepod");

    public static string Admin => Find("mr-admin");

    private static string Find(string name)
    {
        string folder = Environment.GetEnvironmentVariable("MONOREPO_BIN") is { Length: > 0 } set ? set : Path.Combine(RepositoryRoot.Path, "out", "bin");
        string path = Path.Combine(folder, name);
        // Not a skip: without the programs nothing here is tested, and nobody should take that for a pass.
        return File.Exists(path) ? path : throw new InvalidOperationException($"{path} is not there: run './build.sh publish' first.");
    }
}
