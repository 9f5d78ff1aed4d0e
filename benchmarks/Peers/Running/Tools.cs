namespace Monorepo.Peers.Running;

/// <summary>The programs under test and the folders of this checkout.</summary>
internal sealed record Tools(string Root, string Client, string Server, string Admin)
{
    public string ResultFolder => Path.Combine(Root, "out", "bench");

    /// <summary>What is kept from run to run; gigabytes.</summary>
    public string DataFolder => Path.Combine(Root, "out", "bench-data");

    /// <summary>From MONOREPO_BIN, or out/bin of the checkout that this program was built in.</summary>
    /// <exception cref="BenchmarkException">They are not there.</exception>
    public static Tools Find()
    {
        DirectoryInfo? root = new(AppContext.BaseDirectory);
        while (root is not null && !File.Exists(Path.Combine(root.FullName, "Monorepo.sln")))
        {
            root = root.Parent;
        }

        string checkout = root?.FullName ?? throw new BenchmarkException("Monorepo.sln is in no folder above this program");
        string folder = Environment.GetEnvironmentVariable("MONOREPO_BIN") is { Length: > 0 } set ? set : Path.Combine(checkout, "out", "bin");
        return new Tools(checkout, Program("mr"), Program("monorepod"), Program("mr-admin"));

        string Program(string name) => File.Exists(Path.Combine(folder, name))
            ? Path.Combine(folder, name)
            : throw new BenchmarkException($"{name} is not in {folder}: run './build.sh publish' first");
    }
}
