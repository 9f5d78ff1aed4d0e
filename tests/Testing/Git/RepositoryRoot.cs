namespace Monorepo.Testing.Git;

/// <summary>Finds the checkout that the tests were built from, and the test data beside it.</summary>
public static class RepositoryRoot
{
    /// <summary>The folder that holds Monorepo.sln.</summary>
    public static string Path { get; } = Find();

    /// <summary>A real history to test on, or null where the data folder is not there.</summary>
    public static string? Bundle(string name)
    {
        string path = System.IO.Path.GetFullPath(System.IO.Path.Combine(Path, "..", "shared", "data", name + ".bundle"));
        return File.Exists(path) ? path : null;
    }

    private static string Find()
    {
        for (DirectoryInfo? at = new(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            if (File.Exists(System.IO.Path.Combine(at.FullName, "Monorepo.sln")))
            {
                return at.FullName;
            }
        }

        throw new InvalidOperationException("Monorepo.sln is in no folder above the test binaries.");
    }
}
