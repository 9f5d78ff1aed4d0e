using System.Diagnostics;

namespace Monorepo.EndToEnd.Tests.Running;

/// <summary>A folder for one test or fixture, removed on disposal.</summary>
internal sealed class TemporaryFolder(string prefix) : IDisposable
{
    public string FullPath { get; } = Directory.CreateTempSubdirectory(prefix).FullName;

    /// <summary>By rm: the file API of .NET can't name, and so not delete, a file whose name is not UTF-8.</summary>
    public void Dispose()
    {
        using Process remove = Process.Start("rm", ["-rf", "--", FullPath]);
        remove.WaitForExit();
    }
}
