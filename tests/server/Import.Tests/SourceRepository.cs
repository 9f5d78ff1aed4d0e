using System.Diagnostics;
using System.Text;
using Monorepo.Core;

namespace Monorepo.Import.Tests;

/// <summary>A repository made by the real git in a temporary folder, cut off from the user's configuration.</summary>
internal sealed class SourceRepository : IDisposable
{
    private const int TimeoutMs = 60_000;
    private readonly string _folder;
    private int _clock = 1_600_000_000;

    public SourceRepository(params string[] initArguments)
    {
        _folder = Directory.CreateTempSubdirectory("mr-import-").FullName;
        Path = System.IO.Path.Combine(_folder, "source");
        Directory.CreateDirectory(Path);
        Git(["init", "-q", "-b", "main", .. initArguments]);
    }

    public string Path { get; }

    /// <summary>For mirrors and other things beside the repository; removed with it.</summary>
    public string Beside(string name) => System.IO.Path.Combine(_folder, name);

    public string Git(params string[] arguments) => Encoding.UTF8.GetString(Run(default, arguments)).TrimEnd('\n');

    public byte[] Run(ReadOnlyMemory<byte> input, params string[] arguments) => Run(Path, input, arguments, _clock++);

    public string Commit(string message, params (string Name, string Content)[] files)
    {
        foreach ((string name, string content) in files)
        {
            string path = System.IO.Path.Combine(Path, name);
            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
            File.WriteAllText(path, content);
        }

        Git("add", "-A");
        Git("commit", "-q", "--allow-empty", "-m", message);
        return Git("rev-parse", "HEAD");
    }

    public ObjectId WriteObject(string kind, ReadOnlyMemory<byte> body) =>
        ObjectId.Parse(Encoding.ASCII.GetString(Run(body, "hash-object", "-w", "-t", kind, "--stdin", "--literally")).Trim());

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    public static byte[] Run(string directory, ReadOnlyMemory<byte> input, string[] arguments, int clock = 1_600_000_000)
    {
        var start = new ProcessStartInfo("git", arguments)
        {
            WorkingDirectory = directory,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        start.Environment["GIT_CONFIG_NOSYSTEM"] = "1";
        start.Environment["GIT_CONFIG_GLOBAL"] = "/dev/null";
        foreach (string who in new[] { "AUTHOR", "COMMITTER" })
        {
            start.Environment[$"GIT_{who}_NAME"] = "T";
            start.Environment[$"GIT_{who}_EMAIL"] = "t@example.org";
            start.Environment[$"GIT_{who}_DATE"] = $"{clock} +0100";
        }

        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        Task feeding = Task.Run(() =>
        {
            process.StandardInput.BaseStream.Write(input.Span);
            process.StandardInput.Close();
        });
        using var output = new MemoryStream();
        process.StandardOutput.BaseStream.CopyTo(output);
        Assert.True(process.WaitForExit(TimeoutMs), "git did not end in time");
        Assert.True(process.ExitCode == 0, $"git {string.Join(' ', arguments)}: {errors.Result}");
        Assert.True(feeding.Wait(TimeoutMs), "git did not read its input");
        return output.ToArray();
    }
}
