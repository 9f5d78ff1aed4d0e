namespace Monorepo.EndToEnd.Tests.Running;

/// <summary>Somebody with an object cache of their own, who runs <c>mr</c>. Their folder goes on disposal.</summary>
internal sealed class User : IDisposable
{
    private readonly TemporaryFolder _folder = new("mr-user-");
    private readonly Dictionary<string, string> _environment;

    public User()
    {
        Cache = Path.Combine(Folder, "cache");
        _environment = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["MR_CACHE_DIR"] = Cache,
            ["XDG_CONFIG_HOME"] = Path.Combine(Folder, "config"),
            ["XDG_CACHE_HOME"] = Path.Combine(Folder, "xdg-cache"),
            ["HOME"] = Folder,
            ["MR_BLOBS"] = "",
            ["MR_WATCHER"] = "off",
            ["LC_ALL"] = "C.UTF-8",
        };
    }

    public string Folder => _folder.FullPath;

    public string Cache { get; }

    /// <summary>Contents by gRPC alone from now on.</summary>
    public void UseGrpcOnly() => _environment["MR_BLOBS"] = "grpc";

    /// <summary>Commands use watchers from now on, and start them; those end when their folder goes.</summary>
    public void UseWatcher() => _environment["MR_WATCHER"] = "on";

    /// <summary>A path in the user's folder.</summary>
    public string PathTo(string name) => Path.Combine(Folder, name);

    /// <summary>Forgets all contents fetched so far.</summary>
    public void DropCache()
    {
        if (Directory.Exists(Cache))
            Directory.Delete(Cache, recursive: true);
    }

    public Task<ProgramResult> RunAsync(params string[] arguments) => RunInAsync(Folder, arguments);

    public async Task<ProgramResult> RunInAsync(string directory, params string[] arguments)
    {
        using ProgramRun run = StartIn(directory, arguments);
        return await run.FinishAsync();
    }

    public ProgramRun StartIn(string directory, params string[] arguments) => ProgramRun.Start(Programs.Client, directory, _environment, arguments);

    /// <param name="directory">Where.</param>
    /// <param name="more">Variables besides the user's.</param>
    /// <param name="arguments">Of <c>mr</c>.</param>
    public ProgramRun StartIn(string directory, IReadOnlyDictionary<string, string> more, params string[] arguments)
    {
        Dictionary<string, string> environment = new(_environment, StringComparer.Ordinal);
        foreach ((string name, string value) in more)
        {
            environment[name] = value;
        }

        return ProgramRun.Start(Programs.Client, directory, environment, arguments);
    }

    /// <summary>Starts a command in a clone and kills it, by kill -9, after so many changes in the clone's folder, unless it ends before.</summary>
    public Task KillInAsync(string clone, int events, params string[] arguments) => KillInAsync(clone, clone, events, arguments);

    /// <summary>As <see cref="KillInAsync(string, int, string[])"/>, after so many changes in another folder.</summary>
    public async Task KillInAsync(string clone, string watched, int events, string[] arguments)
    {
        using ProgramRun run = await StartUntilAsync(clone, watched, events, arguments);
        await run.KillAsync();
    }

    /// <summary>As <see cref="KillInAsync(string, int, string[])"/>, by Ctrl-C, which the command may answer.</summary>
    public async Task<ProgramResult> InterruptInAsync(string clone, int events, params string[] arguments)
    {
        using ProgramRun run = await StartUntilAsync(clone, clone, events, arguments);
        return await run.InterruptAsync();
    }

    private async Task<ProgramRun> StartUntilAsync(string clone, string watched, int events, string[] arguments)
    {
        TaskCompletionSource reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
        int seen = 0;
        void Count(object sender, FileSystemEventArgs e)
        {
            if (Interlocked.Increment(ref seen) >= events)
                reached.TrySetResult();
        }

        using FileSystemWatcher watcher = new(watched) { IncludeSubdirectories = true };
        watcher.Created += Count;
        watcher.Changed += Count;
        watcher.Deleted += Count;
        watcher.Renamed += Count;
        watcher.EnableRaisingEvents = true;
        ProgramRun run = StartIn(clone, arguments);
        await Task.WhenAny(reached.Task, run.Exited);
        return run;
    }

    /// <summary>Another program, which may start <c>mr</c>.</summary>
    public async Task<ProgramResult> RunProgramAsync(string directory, string program, params string[] arguments)
    {
        using ProgramRun run = ProgramRun.Start(program, directory, _environment, arguments);
        return await run.FinishAsync();
    }

    public void Dispose() => _folder.Dispose();
}
